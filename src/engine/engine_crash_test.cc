// The sweep at the heart of the promise: power is cut before every single call to disk and catalog, then the server
// starts again. What was acknowledged must be there, and the client must be able to go on to exactly one photo (I1,
// I4).
#include "engine/engine.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>

#include "engine/engine_rig.h"

namespace stile::engine {
namespace {

using io::Faults;
using Survivors = io::MemoryFileSystem::Survivors;

// What a client was told.
struct Told {
  std::vector<ByteRange> ranges;
  std::optional<std::int64_t> photo_id;
};

struct Case {
  std::string name;
  Durability durability = Durability::chunk;
  // Uploads `content`; errors end it, as the power may be gone.
  std::function<void(EngineRig&, const std::string& content, Told&)> client;
};

bool send(EngineRig& rig, const UploadHandle& upload, const std::string& content, ByteRange range, Told& told) {
  if (!rig.write(upload, content, range)) return false;
  told.ranges.push_back(range);
  return true;
}

bool finish(EngineRig& rig, const UploadHandle& upload, Told& told) {
  const auto answer = rig.finish(upload);
  if (answer) told.photo_id = answer->photo.photo_id;
  return answer.has_value();
}

void upload_in_parts(EngineRig& rig, const std::string& content, Told& told) {
  const auto upload = rig.try_open(content.size());
  if (!upload) return;
  for (const ByteRange range : {ByteRange{kPart, 2 * kPart}, ByteRange{0, kPart}, ByteRange{2 * kPart, content.size()}})
    if (!send(rig, *upload, content, range, told)) return;
  finish(rig, *upload, told);
}

void upload_with_mishaps(EngineRig& rig, const std::string& content, Told& told) {
  const auto upload = rig.try_open(content.size());
  if (!upload) return;
  (void)rig.run(rig.write_task(*upload, content.substr(0, kPart - 1), {0, kPart}));  // too short
  if (!send(rig, *upload, content, {10'000, 20'000}, told)) return;
  if (!send(rig, *upload, content, {0, content.size()}, told)) return;  // around what is there
  if (finish(rig, *upload, told)) finish(rig, *upload, told);
}

void upload_by_form(EngineRig& rig, const std::string& content, Told& told) {
  auto spool = rig.spool({content}, {content.size(), SpoolJudging::judge});
  if (!spool) return;
  const auto answer = rig.run(rig.engine->finish_spool(std::move(*spool), std::string(kToken), "form.jpg", {}));
  if (answer) told.photo_id = answer->photo.photo_id;
}

void upload_spooled_chunk(EngineRig& rig, const std::string& content, Told& told) {
  auto spool = rig.spool({content.substr(0, kPart)}, {kPart, SpoolJudging::doubtful});
  if (!spool) return;
  const auto upload = rig.try_open(content.size());
  if (!upload) return;
  if (!rig.run(rig.engine->write_spool(*upload, {0, kPart}, std::move(*spool)))) return;
  told.ranges.push_back({0, kPart});
  if (send(rig, *upload, content, {kPart, content.size()}, told)) finish(rig, *upload, told);
}

class EngineCrash : public testing::TestWithParam<Case> {
 protected:
  const std::string content = picture(5 * kPart / 2);

  // Runs the client until call number `cut`, cuts the power, starts again and looks. False: the client was through
  // before.
  bool crash_at(std::uint64_t cut, Survivors survivors, std::uint64_t seed) {
    EngineRig::Options options;
    options.settings.durability = GetParam().durability;
    EngineRig rig(options);
    EXPECT_TRUE(rig.run(rig.engine->recover()));
    rig.add_token(1);
    rig.faults.fail_call(cut, Faults::Times::from_then_on, Errc::io_error);
    Told told;
    GetParam().client(rig, content, told);
    const bool was_cut = rig.faults.failed() > 0;
    rig.power_cycle(survivors, seed);
    EXPECT_TRUE(rig.run(rig.engine->recover()));
    check(rig, told);
    return was_cut;
  }

  void check(EngineRig& rig, const Told& told) {
    if (told.photo_id) {
      EXPECT_TRUE(rig.original(*told.photo_id) == content) << "an answered photo";
    } else {
      go_on(rig, told);
    }
    const auto photos = rig.photos();
    ASSERT_EQ(photos.size(), 1u);
    EXPECT_TRUE(rig.original(photos[0].photo_id) == content);
    EXPECT_EQ(photos[0].crc32, crc32_update(0, as_bytes(content)));
    EXPECT_EQ(rig.token().used, 1);
    EXPECT_EQ(rig.run(rig.sql->events_of_photo(photos[0].photo_id))->size(), 1u);
    // Nothing is left behind: neither staging files nor originals without a photo.
    rig.restart();
    EXPECT_TRUE(rig.run(rig.engine->recover()));
    EXPECT_EQ(rig.files_in_use().size(), 1u) << testing::PrintToString(rig.memory.all_files());
  }

  // The client comes back and does what is left to do.
  void go_on(EngineRig& rig, const Told& told) {
    if (GetParam().name == "form") {
      if (!rig.photos().empty()) return;  // stored, only the answer was lost
      Told again;
      upload_by_form(rig, content, again);
      EXPECT_TRUE(again.photo_id);
      return;
    }
    const auto upload = rig.open(content.size());
    if (GetParam().durability == Durability::chunk) {
      for (const ByteRange range : told.ranges) EXPECT_TRUE(rig.engine->has(upload, range)) << range.begin;
    }
    // What the engine says it has, it must have: nothing of that is sent again.
    EXPECT_TRUE(rig.write(upload, content, {0, content.size()}));
    EXPECT_TRUE(rig.finish(upload));
  }
};

TEST_P(EngineCrash, EveryCutKeepsWhatWasAcknowledgedAndEndsInOnePhoto_I1_I4) {
  constexpr std::uint64_t kEnough = 400;
  for (const Survivors survivors : {Survivors::synced_only, Survivors::some_unsynced, Survivors::everything}) {
    std::uint64_t cut = 1;
    for (; cut < kEnough; ++cut) {
      SCOPED_TRACE("cut at call " + std::to_string(cut) + ", survivors " + std::to_string(int(survivors)));
      if (!crash_at(cut, survivors, cut)) break;
      if (HasFailure()) return;
    }
    EXPECT_GT(cut, 10u);
    EXPECT_LT(cut, kEnough);
  }
}

// The dice decide what reaches the disk by itself; so many throws at the steps around the finish.
TEST_P(EngineCrash, ManyThrowsOfTheDice_I1_I4) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    (void)crash_at(1 + random() % 40, Survivors::some_unsynced, seed);
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(All, EngineCrash,
                         testing::Values(Case{"parts", Durability::chunk, upload_in_parts},
                                         Case{"parts_synced_at_the_finish", Durability::file, upload_in_parts},
                                         Case{"mishaps", Durability::chunk, upload_with_mishaps},
                                         Case{"form", Durability::chunk, upload_by_form},
                                         Case{"spooled_chunk", Durability::chunk, upload_spooled_chunk}),
                         [](const auto& info) { return info.param.name; });

// The crash comes back: again and again during recovery itself.
TEST(EngineCrashInRecovery, EveryCutIsRecoveredFromByTheNextStart_I4) {
  const std::string content = picture(kPart);
  constexpr std::uint64_t kListings = 506;  // of the folders of archive and staging, which need no cut each
  for (std::uint64_t cut = 1; cut < 700; cut = cut == 4 ? kListings : cut + 1) {
    SCOPED_TRACE("cut at call " + std::to_string(cut));
    EngineRig rig;
    rig.add_token();
    const auto upload = rig.open(content.size());
    ASSERT_TRUE(rig.write(upload, content, {0, content.size()}));
    rig.faults.only("finish_upload");
    rig.faults.fail_call(1, Faults::Times::from_then_on, Errc::io_error);
    EXPECT_EQ(rig.finish(upload).error().code, Errc::io_error);
    rig.power_cycle(Survivors::synced_only);
    rig.faults.fail_call(cut, Faults::Times::from_then_on, Errc::io_error);
    (void)rig.run(rig.engine->recover());
    const bool was_cut = rig.faults.failed() > 0;
    rig.power_cycle(Survivors::some_unsynced, cut);
    ASSERT_TRUE(rig.run(rig.engine->recover()));
    ASSERT_EQ(rig.photos().size(), 1u);
    EXPECT_TRUE(rig.original(rig.photos()[0].photo_id) == content);
    EXPECT_EQ(rig.token().used, 1);
    if (!was_cut) return;
  }
  FAIL() << "recovery never ended";
}

}  // namespace
}  // namespace stile::engine
