// Every single call to disk and catalog fails, once or from then on: no acknowledged byte is wrong, the error says
// "come again", and coming again succeeds (I1, I4, I7, I10).
#include "engine/engine.h"

#include <gtest/gtest.h>

#include "engine/engine_rig.h"

namespace stile::engine {
namespace {

using io::Faults;

struct Plan {
  std::string name;
  Faults::Times times;
  Errc code;
  FaultyCatalog::Moment moment = FaultyCatalog::Moment::before;
  Durability durability = Durability::chunk;
};

class EngineFault : public testing::TestWithParam<Plan> {
 protected:
  // Everything a client does with one upload. The first error ends it.
  static Result<FinalAnswer> upload(EngineRig& rig, const std::string& content, std::vector<ByteRange>& told) {
    auto handle = rig.try_open(content.size());
    if (!handle) return fail(handle.error());
    for (const ByteRange range : {ByteRange{kPart, content.size()}, ByteRange{0, kPart}}) {
      auto written = rig.write(*handle, content, range);
      if (!written) return fail(written.error());
      told.push_back(range);
    }
    return rig.finish(*handle);
  }
  static Result<FinalAnswer> form(EngineRig& rig, const std::string& content) {
    auto spool = rig.spool({content}, {content.size(), SpoolJudging::judge});
    if (!spool) return fail(spool.error());
    return rig.run(rig.engine->finish_spool(std::move(*spool), std::string(kToken), "form.jpg", {}));
  }
  static void prepare(EngineRig& rig, std::uint64_t number) {
    rig.add_token(1);
    rig.catalog.set_moment(GetParam().moment);
    rig.faults.fail_call(number, GetParam().times, GetParam().code);
  }
  static EngineRig::Options options() {
    EngineRig::Options chosen;
    chosen.settings.durability = GetParam().durability;
    return chosen;
  }
  void expect_one_good_photo(EngineRig& rig) {
    const auto photos = rig.photos();
    ASSERT_EQ(photos.size(), 1u);
    EXPECT_TRUE(rig.original(photos[0].photo_id) == content);
    EXPECT_EQ(rig.token().used, 1);
    rig.restart();  // what is still queued is done
    // While the disk was ill, things may have stayed that only the next start removes.
    if (GetParam().times == Faults::Times::from_then_on) EXPECT_TRUE(rig.run(rig.engine->recover()));
    EXPECT_EQ(rig.files_in_use().size(), 1u) << testing::PrintToString(rig.memory.all_files());
  }

  const std::string content = picture(2 * kPart);
};

TEST_P(EngineFault, AnUploadSurvivesTheFailureOfAnyCall_I1_I10) {
  for (std::uint64_t number = 1;; ++number) {
    ASSERT_LT(number, 200u);
    SCOPED_TRACE("call " + std::to_string(number));
    EngineRig rig(options());
    prepare(rig, number);
    std::vector<ByteRange> told;
    auto answer = upload(rig, content, told);
    const bool touched = rig.faults.failed() > 0;
    if (!answer) {
      EXPECT_TRUE(is_temporary(answer.error().code)) << to_string(answer.error().code);
    }
    rig.faults.clear();
    // What was acknowledged stays so, and the same process goes on.
    const auto handle = rig.open(content.size());
    for (const ByteRange range : told) EXPECT_TRUE(rig.engine->has(handle, range));
    const auto again = upload(rig, content, told);
    ASSERT_TRUE(again) << to_string(again.error().code) << " " << again.error().cause;
    expect_one_good_photo(rig);
    if (HasFailure() || !touched) return;
  }
}

TEST_P(EngineFault, APlainFormSurvivesTheFailureOfAnyCall_I4) {
  for (std::uint64_t number = 1;; ++number) {
    ASSERT_LT(number, 200u);
    SCOPED_TRACE("call " + std::to_string(number));
    EngineRig rig(options());
    prepare(rig, number);
    auto answer = form(rig, content);
    const bool touched = rig.faults.failed() > 0;
    if (!answer) {
      EXPECT_TRUE(is_temporary(answer.error().code)) << to_string(answer.error().code);
    }
    rig.faults.clear();
    if (rig.photos().empty()) {
      rig.stop();
      const bool can_clean_up = GetParam().times == Faults::Times::once;
      if (can_clean_up && answer) EXPECT_TRUE(rig.memory.all_files().empty());
      rig.start();
      ASSERT_TRUE(rig.run(rig.engine->recover()));  // takes what could not be removed while the disk was ill
      ASSERT_TRUE(form(rig, content));
    }
    expect_one_good_photo(rig);
    if (HasFailure() || !touched) return;
  }
}

TEST_P(EngineFault, RecoverySurvivesTheFailureOfAnyCall_I4) {
  for (std::uint64_t number = 1; number < 400; number = number == 4 ? 250 : number + 1) {
    SCOPED_TRACE("call " + std::to_string(number));
    EngineRig rig(options());
    rig.add_token(1);
    const auto handle = rig.open(content.size());
    ASSERT_TRUE(rig.write(handle, content, {0, content.size()}));
    rig.faults.only("finish_upload");
    rig.faults.fail_call(1, Faults::Times::once, Errc::io_error);
    EXPECT_FALSE(rig.finish(handle));
    rig.faults.clear();
    rig.restart();
    rig.catalog.set_moment(GetParam().moment);
    rig.faults.fail_call(number, GetParam().times, GetParam().code);
    (void)rig.run(rig.engine->recover());
    const bool touched = rig.faults.failed() > 0;
    rig.faults.clear();
    const auto reopened = rig.open(content.size());
    EXPECT_TRUE(rig.engine->has(reopened, {0, content.size()}));
    const auto answer = rig.finish(reopened);
    EXPECT_TRUE(answer) << to_string(answer.error().code) << " " << answer.error().cause;
    expect_one_good_photo(rig);
    if (HasFailure() || !touched) return;
  }
}

INSTANTIATE_TEST_SUITE_P(All, EngineFault,
                         testing::Values(Plan{"io_error_once", Faults::Times::once, Errc::io_error},
                                         Plan{"io_error_from_then_on", Faults::Times::from_then_on, Errc::io_error},
                                         Plan{"disk_full_once", Faults::Times::once, Errc::disk_full},
                                         Plan{"disk_full_from_then_on", Faults::Times::from_then_on, Errc::disk_full},
                                         Plan{"lost_answer", Faults::Times::once, Errc::io_error,
                                              FaultyCatalog::Moment::after},
                                         Plan{"synced_at_the_finish", Faults::Times::once, Errc::io_error,
                                              FaultyCatalog::Moment::before, Durability::file}),
                         [](const auto& info) { return info.param.name; });

class EngineFaultOfOneCall : public testing::Test {
 protected:
  void fail_next(const std::string& name) {
    rig->faults.only(name);
    rig->faults.fail_call(1, Faults::Times::once, Errc::io_error);
  }
  std::unique_ptr<EngineRig> rig = std::make_unique<EngineRig>();
  const std::string content = picture(2 * kPart);
};

TEST_F(EngineFaultOfOneCall, AFailedSyncPoisonsTheFileAndTheNextAttemptOpensItAnew_I10) {
  rig->add_token();
  const auto upload = rig->open(content.size());
  ASSERT_TRUE(rig->write(upload, content, {0, kPart}));
  const auto before = upload->staging;
  fail_next("sync");
  EXPECT_EQ(rig->write(upload, content, {kPart, 2 * kPart}).error().code, Errc::io_error);
  EXPECT_TRUE(before->poisoned);
  EXPECT_FALSE(rig->engine->has(upload, {kPart, kPart + 1}));
  EXPECT_TRUE(rig->engine->has(upload, {0, kPart}));
  EXPECT_TRUE(rig->write(upload, content, {kPart, 2 * kPart}));
  EXPECT_NE(upload->staging, before);
}

TEST_F(EngineFaultOfOneCall, ANeighboursFailedSyncTakesThisAttemptAlong_I10) {
  rig->add_token();
  const auto upload = rig->open(content.size());
  io::Loop loop("test");
  io::TaskGroup group([](std::exception_ptr) { ADD_FAILURE(); });
  ScriptedSource slow({content.substr(kPart, 30'000), ScriptedSource::Hang{}, content.substr(kPart + 30'000)});
  Result<WriteOutcome> outcome = WriteOutcome::stored;
  const auto write_slow = [](Engine& engine, UploadHandle at, ScriptedSource& source,
                             Result<WriteOutcome>& result) -> io::Task<void> {
    result = co_await engine.write(at, {{kPart, 2 * kPart}}, source, source.interrupter());
  };
  group.spawn(loop, write_slow(*rig->engine, upload, slow, outcome));
  io::run_until_done(slow.hanging());
  fail_next("sync");
  EXPECT_EQ(rig->write(upload, content, {0, kPart}).error().code, Errc::io_error);
  slow.release();
  io::run_until_done(group.drain());
  EXPECT_EQ(outcome.error().code, Errc::poisoned);
  EXPECT_FALSE(rig->engine->has(upload, {kPart, kPart + 1}));
}

// After a failed sync the kernel may call bytes clean that it has thrown away; only new writes make a sync mean
// something.
TEST_F(EngineFaultOfOneCall, AFailedSyncAtTheFinishIsNotSimplyRepeated_I10) {
  EngineRig::Options options;
  options.settings.durability = Durability::file;
  rig = std::make_unique<EngineRig>(options);
  rig->add_token();
  const auto upload = rig->open(content.size());
  ASSERT_TRUE(rig->write(upload, content, {0, content.size()}));
  fail_next("sync");
  EXPECT_EQ(rig->finish(upload).error().code, Errc::io_error);
  rig->faults.only("write");
  rig->faults.fail_call(1000, Faults::Times::once, Errc::io_error);  // only counts
  EXPECT_TRUE(rig->finish(upload));
  EXPECT_GE(rig->faults.calls(), 1u);
  EXPECT_TRUE(rig->original(rig->photos()[0].photo_id) == content);
}

TEST_F(EngineFaultOfOneCall, ARangeWhoseReceiptFailedIsSentAgain_I1) {
  rig->add_token();
  const auto upload = rig->open(content.size());
  fail_next("add_receipt");
  EXPECT_EQ(rig->write(upload, content, {0, kPart}).error().code, Errc::io_error);
  EXPECT_FALSE(rig->engine->has(upload, {0, 1}));
  EXPECT_EQ(rig->write(upload, content, {0, kPart}), WriteOutcome::stored);
}

TEST_F(EngineFaultOfOneCall, ATypeThatWasNotRecordedHasNoSay) {
  rig->add_token();
  const auto upload = rig->open(content.size());
  fail_next("add_receipt");
  EXPECT_FALSE(rig->write(upload, content, {0, kPart}));
  std::string bad = content;
  bad.replace(0, 4, "BAD!");
  ASSERT_TRUE(rig->write(upload, bad, {0, 2}));
  ASSERT_TRUE(rig->write(upload, bad, {2, content.size()}));
  EXPECT_EQ(rig->finish(upload).error().code, Errc::unsupported_type);
}

TEST_F(EngineFaultOfOneCall, AnUploadThatCouldNotBeStartedLeavesNoFile) {
  rig->add_token();
  for (const char* call : {"start_upload", "reserve", "sync_directory", "open", "reserve_photo_ids"}) {
    rig->restart();
    fail_next(call);
    EXPECT_EQ(rig->try_open(content.size()).error().code, Errc::io_error) << call;
    EXPECT_TRUE(rig->memory.all_files().empty()) << call;
    EXPECT_EQ(rig->engine->active_uploads(), 0u);
    rig->faults.clear();
  }
  EXPECT_TRUE(rig->try_open(content.size()));
}

}  // namespace
}  // namespace stile::engine
