#include "engine/engine.h"

#include <gtest/gtest.h>

#include <set>

#include "engine/engine_rig.h"

namespace stile::engine {
namespace {

class EngineFinish : public testing::Test {
 protected:
  UploadHandle complete_upload(const std::string& identifier = "file") {
    const auto upload = rig.open(content.size(), identifier);
    EXPECT_TRUE(rig.write(upload, content, {0, content.size()}));
    return upload;
  }
  static io::Task<void> finish_task(EngineRig& all, UploadHandle upload, std::vector<Result<FinalAnswer>>& answers,
                                    std::size_t number) {
    answers[number] = co_await all.engine->finish(std::move(upload));
  }

  EngineRig rig;
  const std::string content = picture(kPart);
};

TEST_F(EngineFinish, AnIncompleteUploadHasNoPhoto) {
  rig.add_token();
  const auto upload = rig.open(content.size());
  ASSERT_TRUE(rig.write(upload, content, {0, content.size() - 1}));
  EXPECT_EQ(rig.finish(upload).error().code, Errc::invalid_input);
  EXPECT_TRUE(rig.photos().empty());
}

TEST_F(EngineFinish, IsRepeatableWithTheSameAnswer_I4) {
  rig.add_token();
  const auto upload = complete_upload();
  const auto first = rig.finish(upload);
  ASSERT_TRUE(first);
  for (int i = 0; i < 4; ++i) {
    if (i == 2) rig.restart();  // from the catalog as from memory
    const auto again = rig.finish(rig.open(content.size()));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->photo.photo_id, first->photo.photo_id);
    EXPECT_EQ(again->photo.token, first->photo.token);
    EXPECT_EQ(again->photo.crc32, first->photo.crc32);
    EXPECT_EQ(again->photo.content_type, first->photo.content_type);
    EXPECT_EQ(again->upload.callback_url, first->upload.callback_url);
    EXPECT_EQ(again->upload.extras, first->upload.extras);
  }
  EXPECT_EQ(rig.photos().size(), 1u);
  EXPECT_EQ(rig.policy.finishes, 1);
  EXPECT_EQ(rig.token().used, 1);
  EXPECT_EQ(rig.run(rig.sql->events_of_photo(first->photo.photo_id))->size(), 1u);
}

TEST_F(EngineFinish, ADoneUploadHasEveryRangeAndTakesNoMore) {
  rig.add_token();
  ASSERT_TRUE(rig.finish(complete_upload()));
  rig.restart();
  const auto upload = rig.open(content.size());
  EXPECT_TRUE(rig.engine->has(upload, {0, content.size()}));
  EXPECT_EQ(rig.write(upload, content, {0, kPart}), WriteOutcome::already_there);
}

TEST_F(EngineFinish, SixtyFourFinishersGetOnePhoto_I4_I5) {
  rig.add_token(5);
  const auto upload = complete_upload();
  std::vector<Result<FinalAnswer>> answers(64, fail(Errc::io_error));
  rig.faults.clear();
  rig.faults.only("finish_upload");  // counted, none fails
  std::vector<io::Task<void>> tasks;
  for (std::size_t i = 0; i < answers.size(); ++i) tasks.push_back(finish_task(rig, upload, answers, i));
  run_together(std::move(tasks));
  for (const auto& answer : answers) {
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->photo.photo_id, answers[0]->photo.photo_id);
  }
  EXPECT_EQ(rig.faults.calls(), 1u) << "whoever comes first does the work, the others wait for it";
  EXPECT_EQ(rig.photos().size(), 1u);
  EXPECT_EQ(rig.token().used, 1);
}

TEST_F(EngineFinish, MaxUploadsIsNeverExceededAndNeverLostInARace_I5) {
  constexpr std::int64_t kMax = 3;
  rig.add_token(kMax);
  std::vector<UploadHandle> uploads;
  for (int i = 0; i < 8; ++i) uploads.push_back(complete_upload("file " + std::to_string(i)));
  std::vector<Result<FinalAnswer>> answers(16, fail(Errc::io_error));
  const auto finish_form = [](EngineRig& all, std::string bytes, Result<FinalAnswer>& answer) -> io::Task<void> {
    auto spool = co_await all.spool_task({bytes}, {bytes.size(), SpoolJudging::judge});
    EXPECT_TRUE(spool);
    answer = co_await all.engine->finish_spool(std::move(*spool), std::string(kToken), "form.jpg", {});
  };
  std::vector<io::Task<void>> tasks;
  for (std::size_t i = 0; i < uploads.size(); ++i) {
    tasks.push_back(finish_task(rig, uploads[i], answers, i));
    tasks.push_back(finish_form(rig, content, answers[8 + i]));
  }
  run_together(std::move(tasks));
  std::int64_t finished = 0;
  for (const auto& answer : answers) {
    if (answer)
      ++finished;
    else
      EXPECT_EQ(answer.error().code, Errc::token_used_up);
  }
  EXPECT_EQ(finished, kMax);
  EXPECT_EQ(rig.token().used, kMax);
  EXPECT_EQ(rig.photos().size(), static_cast<std::size_t>(kMax));
  rig.stop();
  EXPECT_EQ(rig.memory.all_files().size(), static_cast<std::size_t>(kMax));
}

TEST_F(EngineFinish, TheTokenMustBeValidWhenAnUploadStarts_I6) {
  EXPECT_EQ(rig.try_open(1).error().code, Errc::token_unknown);
  rig.add_token(1, Seconds{60});
  rig.clock.advance(Seconds{60});
  EXPECT_EQ(rig.try_open(content.size()).error().code, Errc::token_expired);
  EXPECT_EQ(rig.run(rig.engine->check_token(std::string(kToken))).error().code, Errc::token_expired);
  EXPECT_TRUE(rig.memory.all_files().empty());
}

TEST_F(EngineFinish, AnUploadUnderWayMayFinishWithinTheGrace_I6) {
  for (const bool in_time : {true, false}) {
    const std::string token = in_time ? "in time" : "too late";
    rig.add_token(1, Seconds{60}, token);
    auto opened = rig.run(rig.engine->open(EngineRig::request(content.size(), "file", token)));
    ASSERT_TRUE(opened);
    rig.clock.advance(Seconds{60} + rig.engine->settings().grace - Milliseconds{in_time ? 1 : 0});
    const auto written = rig.write(*opened, content, {0, content.size()});
    EXPECT_EQ(written.has_value(), in_time);
    EXPECT_EQ(rig.finish(*opened).has_value(), in_time);
    if (!in_time) EXPECT_EQ(written.error().code, Errc::token_expired);
  }
}

TEST_F(EngineFinish, AFinishedUploadIsAnsweredAgainAfterItsTokenHasEnded_I6) {
  rig.add_token(1, Seconds{60});
  const auto first = rig.finish(complete_upload());
  ASSERT_TRUE(first);
  rig.clock.advance(rig.engine->settings().replay - Seconds{1});
  ASSERT_TRUE(rig.run(rig.sql->revoke_token(std::string(kToken))));
  ASSERT_TRUE(rig.run(rig.engine->sweep()));
  rig.restart();
  const auto again = rig.finish(rig.open(content.size()));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->photo.photo_id, first->photo.photo_id);
  EXPECT_EQ(rig.try_open(content.size(), "another file").error().code, Errc::token_revoked);
}

TEST_F(EngineFinish, ARevokedTokenEndsItsUpload) {
  rig.add_token();
  const auto upload = complete_upload();
  ASSERT_TRUE(rig.run(rig.sql->revoke_token(std::string(kToken))));
  EXPECT_EQ(rig.finish(upload).error().code, Errc::token_revoked);
  EXPECT_TRUE(rig.photos().empty());
  EXPECT_TRUE(rig.memory.all_files().empty());
}

TEST_F(EngineFinish, TooManyOpenUploadsOfOneTokenAreRefusedWithoutAFile_I5) {
  rig.options.settings.max_open_per_token = 2;
  rig.restart();
  rig.add_token(10);
  const auto a = complete_upload("a");
  rig.open(content.size(), "b");
  EXPECT_EQ(rig.try_open(content.size(), "c").error().code, Errc::too_many_open);
  EXPECT_EQ(rig.files_under("staging/").size(), 2u);
  ASSERT_TRUE(rig.finish(a));
  EXPECT_TRUE(rig.try_open(content.size(), "c"));
}

TEST_F(EngineFinish, ParallelOpensOfOneKeyShareOneUpload) {
  rig.add_token();
  std::vector<UploadHandle> handles(64);
  const auto open_task = [](EngineRig& all, std::uint64_t size, UploadHandle& handle) -> io::Task<void> {
    auto opened = co_await all.engine->open(EngineRig::request(size));
    EXPECT_TRUE(opened);
    handle = *opened;
  };
  std::vector<io::Task<void>> tasks;
  for (auto& handle : handles) tasks.push_back(open_task(rig, content.size(), handle));
  run_together(std::move(tasks));
  EXPECT_EQ(std::set<UploadHandle>(handles.begin(), handles.end()).size(), 1u);
  EXPECT_EQ(rig.files_under("staging/").size(), 1u);
}

TEST_F(EngineFinish, FindStartsNothing) {
  rig.add_token();
  EXPECT_EQ(rig.run(rig.engine->find(EngineRig::request(10).key)).error().code, Errc::not_found);
  EXPECT_EQ(rig.engine->active_uploads(), 0u);
  EXPECT_TRUE(rig.memory.all_files().empty());
}

TEST_F(EngineFinish, SizesBeyondTheLimitsAreRefused) {
  rig.options.settings.max_file_bytes = 1000;
  rig.restart();
  rig.add_token();
  EXPECT_EQ(rig.try_open(1001).error().code, Errc::too_large);
  EXPECT_EQ(rig.try_open(0).error().code, Errc::empty_file);
  EXPECT_TRUE(rig.try_open(1000));
}

}  // namespace
}  // namespace stile::engine
