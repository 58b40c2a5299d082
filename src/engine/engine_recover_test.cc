// What the next start finds, what the sweep takes, and files that came before their purpose.
#include "engine/engine.h"

#include <gtest/gtest.h>

#include "catalog/session.h"
#include "engine/engine_rig.h"

namespace stile::engine {
namespace {

using io::Faults;
using Survivors = io::MemoryFileSystem::Survivors;

class EngineRecover : public testing::Test {
 protected:
  EngineRecover() { rig.add_token(10); }

  UploadHandle complete_upload(const std::string& identifier = "file") {
    const auto upload = rig.open(content.size(), identifier);
    EXPECT_TRUE(rig.write(upload, content, {0, content.size()}));
    return upload;
  }
  void fail_next(const std::string& name) {
    rig.faults.only(name);
    rig.faults.fail_call(1, Faults::Times::once, Errc::io_error);
  }
  void restart_with(Durability durability) {
    rig.options.settings.durability = durability;
    rig.restart();
    ASSERT_TRUE(rig.run(rig.engine->recover()));
  }
  bool has_all() { return rig.engine->has(rig.open(content.size()), {0, content.size()}); }
  Result<Recovery> recover() { return rig.run(rig.engine->recover()); }
  // A file in the archive that came there without the catalog.
  void put_original(std::int64_t file_id, std::string_view text) {
    const std::string id(32, 'c');
    const auto file = rig.store->create_spool_blocking(id, 0);
    ASSERT_TRUE(file);
    ASSERT_TRUE((*file)->write_at_blocking(0, as_bytes(text)));
    ASSERT_TRUE(rig.store->publish_blocking(id, file_id));
  }

  EngineRig rig;
  const std::string content = picture(kPart);
};

TEST_F(EngineRecover, RemovesStagingFilesThatNoOpenUploadKnows) {
  const auto upload = complete_upload();
  ASSERT_TRUE(rig.store->create_staging_blocking(std::string(32, 'a'), 10));
  ASSERT_TRUE(rig.store->create_spool_blocking(std::string(32, 'b'), 0));
  fail_next("finish_upload");
  EXPECT_FALSE(rig.finish(upload));
  const auto unfinished = rig.open(100, "unfinished");
  rig.restart();
  ASSERT_TRUE(recover());
  const std::string& id = unfinished->record.upload_id;
  EXPECT_EQ(rig.files_under("staging/"), std::vector<std::string>{"staging/" + id.substr(0, 2) + "/" + id});
}

TEST_F(EngineRecover, FinishesWhatIsComplete_I4) {
  complete_upload();
  rig.restart();
  ASSERT_TRUE(recover());
  ASSERT_EQ(rig.photos().size(), 1u);
  EXPECT_TRUE(rig.original(rig.photos()[0].photo_id) == content);
}

TEST_F(EngineRecover, SetsAsideAnOriginalThatNoPhotoSpeaksOf) {
  ASSERT_TRUE(rig.finish(complete_upload()));
  const auto taken = rig.run(rig.sql->reserve_photo_ids(1));
  put_original(*taken, "newer");
  rig.restart();
  const auto recovery = recover();
  ASSERT_TRUE(recovery);
  EXPECT_FALSE(recovery->catalog_is_older);
  ASSERT_EQ(recovery->set_aside.size(), 1u);
  EXPECT_EQ(rig.files_under("archive/").size(), 1u);
  EXPECT_EQ(rig.files_under("lost-and-found/"),
            (std::vector<std::string>{recovery->set_aside[0], recovery->set_aside[0] + ".note"}));
}

// A catalog that was put back from a backup gives out no number that the archive has, and nothing there is touched.
TEST_F(EngineRecover, ACatalogOlderThanTheArchiveReplacesAndRemovesNothing_I2) {
  ASSERT_TRUE(rig.finish(complete_upload()));
  const std::int64_t known = rig.photos()[0].photo_id;
  for (const std::int64_t newer : {known + 1, known + 500, known + 3'000}) put_original(newer, "newer");
  rig.restart();
  const auto recovery = recover();
  ASSERT_TRUE(recovery);
  EXPECT_TRUE(recovery->catalog_is_older);
  EXPECT_TRUE(recovery->set_aside.empty());
  EXPECT_EQ(rig.files_under("archive/").size(), 4u);
  ASSERT_TRUE(rig.finish(complete_upload("another")));
  EXPECT_EQ(rig.photos()[0].photo_id, known + 3'001);
  for (const std::int64_t newer : {known + 1, known + 500, known + 3'000}) EXPECT_TRUE(rig.original(newer) == "newer");
}

// A catalog from a backup: the upload has finished since, perhaps, and its file is in the archive.
TEST_F(EngineRecover, AFileInThePlaceOfAnUploadIsSetAside_I2) {
  const auto upload = complete_upload();
  put_original(upload->record.file_id, "newer");
  ASSERT_TRUE(rig.finish(upload));
  EXPECT_TRUE(rig.original(upload->record.file_id) == content);
  EXPECT_EQ(rig.files_under("lost-and-found/").size(), 2u);
}

// What the numbers should make impossible. Nothing is replaced, removed or lost, also when the upload is given up.
TEST_F(EngineRecover, AFileInThePlaceOfAnUploadThatIsAPhotosStays_I2) {
  ASSERT_TRUE(rig.finish(complete_upload()));
  const std::int64_t photo = rig.photos()[0].photo_id;
  complete_upload("another");
  catalog::Session(rig.sql.path(), Milliseconds{1'000})
      .run("UPDATE uploads SET file_id = :photo WHERE identifier = 'another'", photo);
  rig.restart();
  auto another = rig.open(content.size(), "another");
  const auto answer = rig.finish(another);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::io_error);
  EXPECT_EQ(rig.files_in_use().size(), 2u);
  another.reset();
  rig.clock.advance(rig.engine->settings().abandon + Seconds{20});
  ASSERT_TRUE(rig.run(rig.engine->sweep()));
  EXPECT_TRUE(rig.original(photo) == content);
  EXPECT_EQ(rig.memory.all_files().size(), 1u);
}

// The upload cannot be finished now, but its bytes were acknowledged and lie in the archive already.
TEST_F(EngineRecover, KeepsTheOriginalOfAnUploadThatCannotBeFinishedNow_I1) {
  const auto upload = complete_upload();
  fail_next("finish_upload");
  EXPECT_FALSE(rig.finish(upload));
  EXPECT_EQ(rig.files_under("archive/").size(), 1u);
  rig.restart();
  rig.faults.only("finish_upload");
  rig.faults.fail_call(1, Faults::Times::from_then_on, Errc::io_error);
  ASSERT_TRUE(recover());
  rig.faults.clear();
  ASSERT_TRUE(rig.finish(rig.open(content.size())));
  EXPECT_TRUE(rig.original(rig.photos()[0].photo_id) == content);
}

TEST_F(EngineRecover, ARevokedTokenDoesNotKeepTheServerFromStarting) {
  complete_upload();
  ASSERT_TRUE(rig.run(rig.sql->revoke_token(std::string(kToken))));
  rig.restart();
  EXPECT_TRUE(recover());
  EXPECT_TRUE(rig.photos().empty());
}

TEST_F(EngineRecover, ReceiptsOfUnsyncedBytesOutliveTheProcessButNotTheMachine_I1) {
  restart_with(Durability::file);
  ASSERT_TRUE(rig.write(rig.open(content.size()), content, {0, 20'000}));
  restart_with(Durability::file);
  EXPECT_TRUE(rig.engine->has(rig.open(content.size()), {0, 20'000}));
  rig.power_cycle(Survivors::synced_only);
  ASSERT_TRUE(recover());
  EXPECT_FALSE(rig.engine->has(rig.open(content.size()), {0, 1}));
  complete_upload();
  EXPECT_TRUE(rig.finish(rig.open(content.size())));
  EXPECT_TRUE(rig.original(rig.photos()[0].photo_id) == content);
}

TEST_F(EngineRecover, AMachineThatDoesNotSayItsStartMayHaveLostPower_I1) {
  restart_with(Durability::file);
  ASSERT_TRUE(rig.write(rig.open(content.size()), content, {0, 20'000}));
  rig.options.settings.boot_id.clear();
  restart_with(Durability::file);
  EXPECT_FALSE(rig.engine->has(rig.open(content.size()), {0, 1}));
}

// The setting is made stricter between two starts: what was written under the old one must not be believed unsynced.
TEST_F(EngineRecover, AStricterDurabilitySyncsWhatIsThere_I1) {
  restart_with(Durability::file);
  const std::string big = picture(2 * kPart);
  ASSERT_TRUE(rig.write(rig.open(big.size()), big, {0, kPart}));
  restart_with(Durability::chunk);
  EXPECT_TRUE(rig.engine->has(rig.open(big.size()), {0, kPart}));
  rig.power_cycle(Survivors::synced_only);
  ASSERT_TRUE(recover());
  const auto upload = rig.open(big.size());
  ASSERT_TRUE(rig.engine->has(upload, {0, kPart}));
  ASSERT_TRUE(rig.write(upload, big, {kPart, 2 * kPart}));
  ASSERT_TRUE(rig.finish(upload));
  EXPECT_TRUE(rig.original(rig.photos()[0].photo_id) == big);
}

TEST_F(EngineRecover, TheSweepTakesWhatIsAbandoned) {
  const auto upload = rig.open(content.size());
  ASSERT_TRUE(rig.write(upload, content, {0, 100}));
  auto moved = complete_upload("moved");
  fail_next("finish_upload");
  EXPECT_FALSE(rig.finish(moved));  // its original is in the archive now
  moved.reset();
  rig.clock.advance(rig.engine->settings().abandon + Seconds{20});
  ASSERT_TRUE(rig.run(rig.engine->sweep()));
  EXPECT_EQ(rig.files_in_use().size(), 1u);                  // `upload` is in use
  EXPECT_EQ(rig.files_under("lost-and-found/").size(), 2u);  // what was in the archive, and a note
  EXPECT_EQ(rig.try_open(content.size(), "moved").error().code, Errc::token_expired);  // it would start anew
}

TEST_F(EngineRecover, TheSweepLeavesWhatIsInUse) {
  const auto upload = rig.open(content.size());
  rig.clock.advance(rig.engine->settings().grace / 2);
  ASSERT_TRUE(rig.run(rig.engine->sweep()));
  EXPECT_EQ(rig.files_under("staging/").size(), 1u);
  EXPECT_TRUE(rig.write(upload, content, {0, content.size()}));
}

TEST_F(EngineRecover, TheSweepForgetsEndedUploadsAfterTheReplayTime_I6) {
  ASSERT_TRUE(rig.finish(complete_upload()));
  rig.clock.advance(rig.engine->settings().replay + Seconds{1});
  ASSERT_TRUE(rig.run(rig.engine->sweep()));
  EXPECT_EQ(rig.engine->active_uploads(), 0u);
  EXPECT_FALSE(*rig.run(rig.sql->find_upload(EngineRig::request(content.size()).key)));
  EXPECT_EQ(rig.photos().size(), 1u);
}

TEST_F(EngineRecover, TheSweepForgetsIdleEntriesButNoBytes) {
  {
    const auto upload = rig.open(content.size());
    ASSERT_TRUE(rig.write(upload, content, {0, 30'000}));
    rig.clock.advance(Seconds{61});
    ASSERT_TRUE(rig.run(rig.engine->sweep()));
    EXPECT_EQ(rig.engine->active_uploads(), 1u);
  }
  ASSERT_TRUE(rig.run(rig.engine->sweep()));
  EXPECT_EQ(rig.engine->active_uploads(), 0u);
  const auto upload = rig.open(content.size());
  EXPECT_TRUE(rig.engine->has(upload, {0, 30'000}));
  ASSERT_TRUE(rig.write(upload, content, {30'000, content.size()}));
  ASSERT_TRUE(rig.finish(upload));
  EXPECT_TRUE(rig.original(rig.photos()[0].photo_id) == content);
}

class EngineSpool : public EngineRecover {
 protected:
  Errc refused(std::string bytes, SpoolLimits limits) {
    const auto spool = rig.spool({std::move(bytes)}, limits);
    EXPECT_FALSE(spool);
    rig.restart();
    EXPECT_TRUE(rig.memory.all_files().empty());
    return spool ? Errc::io_error : spool.error().code;
  }
};

TEST_F(EngineSpool, BecomesAPhoto) {
  auto spool = rig.spool({content.substr(0, 2), content.substr(2)}, {content.size(), SpoolJudging::judge});
  ASSERT_TRUE(spool);
  const auto answer = rig.run(rig.engine->finish_spool(std::move(*spool), std::string(kToken), "a.jpg", {}));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->photo.crc32, crc32_update(0, as_bytes(content)));
  EXPECT_TRUE(rig.original(answer->photo.photo_id) == content);
}

TEST_F(EngineSpool, RefusesWhatIsEmptyTooLargeOrOfNoAcceptedType) {
  std::vector<ScriptedSource::Step> nothing;
  EXPECT_EQ(rig.spool(nothing, {10, SpoolJudging::judge}).error().code, Errc::empty_file);
  EXPECT_EQ(refused(content, {content.size() - 1, SpoolJudging::judge}), Errc::too_large);
  EXPECT_EQ(refused("BAD! and more", {100, SpoolJudging::judge}), Errc::unsupported_type);
  EXPECT_EQ(refused("who knows", {100, SpoolJudging::judge}), Errc::unsupported_type);
}

TEST_F(EngineSpool, InDoubtAcceptsWhatMayComeFromTheMiddleOfAFile) {
  auto spool = rig.spool({"who knows"}, {100, SpoolJudging::doubtful});
  ASSERT_TRUE(spool);
  EXPECT_TRUE(spool->content_type().empty());
  EXPECT_EQ(rig.run(rig.engine->finish_spool(std::move(*spool), std::string(kToken), "a", {})).error().code,
            Errc::unsupported_type);
  rig.restart();
  EXPECT_TRUE(rig.memory.all_files().empty());
}

// What follows may tell that it is a chunk from the middle of a file; but nobody waits for that in silence.
TEST_F(EngineSpool, WhatIsCertainlyNotAcceptedIsRefusedWhenTheSenderFallsSilent) {
  const auto spool =
      rig.spool({"BAD!" + content, ScriptedSource::Pause{}, "more"}, {1'000'000, SpoolJudging::doubtful});
  ASSERT_FALSE(spool);
  EXPECT_EQ(spool.error().code, Errc::unsupported_type);
  rig.restart();
  EXPECT_TRUE(rig.memory.all_files().empty());
}

TEST_F(EngineSpool, RemovesItsFileWhenItIsDropped) {
  {
    const auto spool = rig.spool({content}, {content.size(), SpoolJudging::judge});
    ASSERT_TRUE(spool);
    EXPECT_EQ(rig.memory.all_files().size(), 1u);
  }
  rig.restart();  // the removal runs on the pool
  EXPECT_TRUE(rig.memory.all_files().empty());
}

TEST_F(EngineSpool, ABadTokenCostsOnlyTheSpool) {
  auto spool = rig.spool({content}, {content.size(), SpoolJudging::judge});
  EXPECT_EQ(rig.run(rig.engine->finish_spool(std::move(*spool), "unknown", "a.jpg", {})).error().code,
            Errc::token_unknown);
  rig.restart();
  EXPECT_TRUE(rig.memory.all_files().empty());
}

TEST_F(EngineSpool, AChunkIsCopiedIntoItsPlace) {
  const auto upload = rig.open(content.size());
  auto wrong = rig.spool({content.substr(0, 100)}, {1000, SpoolJudging::doubtful});
  EXPECT_EQ(rig.run(rig.engine->write_spool(upload, {0, 101}, std::move(*wrong))).error().code, Errc::wrong_length);
  auto head = rig.spool({content.substr(0, 30'000)}, {content.size(), SpoolJudging::doubtful});
  EXPECT_EQ(rig.run(rig.engine->write_spool(upload, {0, 30'000}, std::move(*head))), WriteOutcome::stored);
  auto tail = rig.spool({content.substr(30'000)}, {content.size(), SpoolJudging::doubtful});
  EXPECT_EQ(rig.run(rig.engine->write_spool(upload, {30'000, content.size()}, std::move(*tail))), WriteOutcome::stored);
  ASSERT_TRUE(rig.finish(upload));
  EXPECT_TRUE(rig.original(rig.photos()[0].photo_id) == content);
}

TEST_F(EngineSpool, TheirNumberIsBounded) {
  rig.options.settings.max_spools = 0;
  rig.restart();
  EXPECT_EQ(rig.spool({content}, {content.size(), SpoolJudging::judge}).error().code, Errc::busy);
}

}  // namespace
}  // namespace stile::engine
