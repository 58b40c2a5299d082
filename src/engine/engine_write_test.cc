#include "engine/engine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <random>

#include "engine/engine_rig.h"

namespace stile::engine {
namespace {

using Step = ScriptedSource::Step;
using Hang = ScriptedSource::Hang;
using Pause = ScriptedSource::Pause;

class EngineWrite : public testing::Test {
 protected:
  EngineWrite() { rig.add_token(10); }

  Result<WriteOutcome> write_steps(const UploadHandle& upload, ByteRange range, std::vector<Step> steps) {
    return rig.run(write_from(upload, {range}, std::move(steps)));
  }
  io::Task<Result<WriteOutcome>> write_from(UploadHandle upload, Span span, std::vector<Step> steps) {
    ScriptedSource source(std::move(steps));
    co_return co_await rig.engine->write(std::move(upload), span, source, source.interrupter());
  }
  std::string finished_bytes(const UploadHandle& upload) {
    const auto answer = rig.finish(upload);
    EXPECT_TRUE(answer) << (answer ? "" : to_string(answer.error().code));
    return answer ? rig.original(answer->photo.photo_id) : std::string();
  }

  EngineRig rig;
  const std::string content = picture(5 * kPart / 2);  // 2½ parts
};

TEST_F(EngineWrite, PartsInAnyOrderBecomeThePhotoWithItsChecksum) {
  std::vector<int> order{0, 1, 2};
  int number = 0;
  do {
    const auto upload = rig.open(content.size(), "file " + std::to_string(++number));
    for (const int part : order) {
      const std::uint64_t begin = static_cast<std::uint64_t>(part) * kPart;
      EXPECT_EQ(rig.write(upload, content, {begin, std::min<std::uint64_t>(begin + kPart, content.size())}),
                WriteOutcome::stored);
    }
    EXPECT_TRUE(rig.engine->complete(upload));
    const auto answer = rig.finish(upload);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->photo.crc32, crc32_update(0, as_bytes(content)));
    EXPECT_EQ(answer->photo.size, content.size());
    EXPECT_EQ(answer->photo.content_type, "image/jpeg");
    EXPECT_TRUE(rig.original(answer->photo.photo_id) == content);
  } while (std::ranges::next_permutation(order).found);
  EXPECT_EQ(rig.photos().size(), 6u);
  EXPECT_TRUE(rig.files_under("staging/").empty());
}

TEST_F(EngineWrite, ARepeatOfAStoredRangeIsDroppedUnread_I2) {
  const auto upload = rig.open(content.size());
  ASSERT_TRUE(rig.write(upload, content, {0, content.size()}));
  ScriptedSource other({std::string(content.size(), 'x')});
  EXPECT_EQ(rig.run(rig.engine->write(upload, {{0, content.size()}}, other, nullptr)), WriteOutcome::already_there);
  EXPECT_EQ(other.delivered(), 0u);
  EXPECT_TRUE(finished_bytes(upload) == content);
}

TEST_F(EngineWrite, OfAPartialOverlapOnlyWhatIsMissingIsWritten_I2) {
  const auto upload = rig.open(content.size());
  ASSERT_TRUE(rig.write(upload, content, {30'000, 50'000}));
  ASSERT_TRUE(rig.write(upload, content, {70'000, 71'000}));
  std::string other = content;
  other.replace(30'000, 20'000, 20'000, 'x');
  other.replace(70'000, 1'000, 1'000, 'y');
  EXPECT_EQ(rig.write(upload, other, {0, content.size()}), WriteOutcome::stored);
  const auto answer = rig.finish(upload);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->photo.crc32, crc32_update(0, as_bytes(content)));
  EXPECT_TRUE(rig.original(answer->photo.photo_id) == content);
}

TEST_F(EngineWrite, AWrongLengthRecordsNothing_I1) {
  const auto upload = rig.open(content.size());
  for (const std::size_t length : {std::size_t{0}, std::size_t{1}, kPart - 1, kPart + 1, 2 * kPart}) {
    const auto outcome = write_steps(upload, {0, kPart}, {content.substr(0, length)});
    EXPECT_EQ(outcome.error().code, Errc::wrong_length) << length;
    EXPECT_FALSE(rig.engine->has(upload, {0, 1}));
  }
  EXPECT_TRUE(rig.run(rig.sql->receipts(upload->record.upload_id))->empty());
  ASSERT_TRUE(rig.write(upload, content, {0, content.size()}));
  EXPECT_TRUE(finished_bytes(upload) == content);
}

TEST_F(EngineWrite, ARangeOutsideTheFileIsRefused) {
  const auto upload = rig.open(100);
  for (const ByteRange range : {ByteRange{0, 101}, ByteRange{100, 101}, ByteRange{5, 5}, ByteRange{~0ull - 1, ~0ull}})
    EXPECT_EQ(write_steps(upload, range, {"x"}).error().code, Errc::invalid_input);
}

TEST_F(EngineWrite, ABodyThatBreaksOffRecordsNothing_I1) {
  const auto upload = rig.open(content.size());
  for (const Errc error : {Errc::truncated, Errc::timed_out, Errc::limit}) {
    EXPECT_EQ(write_steps(upload, {0, kPart}, {content.substr(0, kPart - 1), error}).error().code, error);
    EXPECT_FALSE(rig.engine->has(upload, {0, 1}));
  }
  EXPECT_TRUE(upload->claims.empty());
}

TEST_F(EngineWrite, ASpanMayBeShorterByTheLengthThatWasSaid) {
  const auto upload = rig.open(content.size());
  const Span span{{0, content.size()}, kPart};
  EXPECT_EQ(rig.run(write_from(upload, span, {content.substr(0, kPart + 1)})).error().code, Errc::wrong_length);
  EXPECT_EQ(rig.run(write_from(upload, span, {content.substr(0, kPart)})), WriteOutcome::stored);
  EXPECT_TRUE(rig.engine->has(upload, {0, kPart}));
  EXPECT_FALSE(rig.engine->has(upload, {0, kPart + 1}));
  EXPECT_EQ(rig.run(write_from(upload, span, {content.substr(0, kPart)})), WriteOutcome::stored);  // and again
  EXPECT_EQ(rig.run(write_from(upload, span, {content})), WriteOutcome::stored);
  EXPECT_TRUE(finished_bytes(upload) == content);
}

TEST_F(EngineWrite, AnIdleBodyHoldsNoBlock_I8) {
  const auto upload = rig.open(content.size());
  std::vector<std::size_t> held;
  const Pause look{[&] { held.push_back(rig.blocks->in_use()); }};
  EXPECT_TRUE(write_steps(upload, {0, content.size()},
                          {look, content.substr(0, 3), look, content.substr(3, 50'000), look, content.substr(50'003)}));
  EXPECT_EQ(held, (std::vector<std::size_t>{0, 0, 0}));
  EXPECT_TRUE(finished_bytes(upload) == content);
}

TEST_F(EngineWrite, ANewerAttemptTakesOverAndTheOlderReportsItsOutcome_I3) {
  const auto upload = rig.open(content.size());
  io::Loop loop("test");
  io::TaskGroup group([](std::exception_ptr) { ADD_FAILURE(); });
  Result<WriteOutcome> older = fail(Errc::io_error);
  const auto write_stuck = [](Engine& engine, UploadHandle at, ScriptedSource& source, std::uint64_t size,
                              Result<WriteOutcome>& outcome) -> io::Task<void> {
    outcome = co_await engine.write(at, {{0, size}}, source, source.interrupter());
  };
  ScriptedSource stuck({content.substr(0, 20'000), Hang{}});
  group.spawn(loop, write_stuck(*rig.engine, upload, stuck, content.size(), older));
  io::run_until_done(stuck.hanging());
  EXPECT_EQ(rig.write(upload, content, {0, content.size()}), WriteOutcome::stored);
  io::run_until_done(group.drain());
  EXPECT_EQ(older, WriteOutcome::already_there);
  EXPECT_TRUE(finished_bytes(upload) == content);
}

TEST_F(EngineWrite, WhenTheNewerAttemptFailsTheOlderOneIsToldToComeAgain_I3) {
  const auto upload = rig.open(content.size());
  io::Loop loop("test");
  io::TaskGroup group([](std::exception_ptr) { ADD_FAILURE(); });
  ScriptedSource stuck({content.substr(0, 20'000), Hang{}});
  Result<WriteOutcome> older = WriteOutcome::stored;
  const auto write_stuck = [](Engine& engine, UploadHandle at, ScriptedSource& source, std::uint64_t size,
                              Result<WriteOutcome>& outcome) -> io::Task<void> {
    outcome = co_await engine.write(at, {{0, size}}, source, source.interrupter());
  };
  group.spawn(loop, write_stuck(*rig.engine, upload, stuck, content.size(), older));
  io::run_until_done(stuck.hanging());
  EXPECT_EQ(write_steps(upload, {0, content.size()}, {content.substr(0, 100), Errc::truncated}).error().code,
            Errc::truncated);
  io::run_until_done(group.drain());
  EXPECT_EQ(older.error().code, Errc::interrupted);
  EXPECT_TRUE(upload->claims.empty());
}

// Each of 64 bodies is one letter throughout; whatever wins, no two are mixed within one range.
TEST_F(EngineWrite, BodiesOfParallelAttemptsNeverMix_I3) {
  constexpr std::uint64_t kRange = 30'000;
  const auto upload = rig.open(4 * kRange);
  std::atomic<int> stored = 0;
  const auto attempt = [](EngineRig& all, UploadHandle at, int number, std::atomic<int>& count) -> io::Task<void> {
    const ByteRange range{static_cast<std::uint64_t>(number % 4) * kRange,
                          static_cast<std::uint64_t>(number % 4 + 1) * kRange};
    std::string body(kRange, static_cast<char>('0' + number));
    if (range.begin == 0) body.replace(0, 4, "JPEG");
    std::vector<Step> steps;
    for (std::size_t from = 0; from < body.size(); from += 7'000) steps.emplace_back(body.substr(from, 7'000));
    ScriptedSource source(std::move(steps));
    const auto outcome = co_await all.engine->write(at, {range}, source, source.interrupter());
    if (outcome && *outcome == WriteOutcome::stored) ++count;
    EXPECT_TRUE(outcome || outcome.error().code == Errc::interrupted) << to_string(outcome.error().code);
  };
  std::vector<io::Task<void>> tasks;
  for (int i = 0; i < 64; ++i) tasks.push_back(attempt(rig, upload, i, stored));
  run_together(std::move(tasks));
  EXPECT_EQ(stored, 4);
  EXPECT_TRUE(upload->claims.empty());
  const std::string bytes = finished_bytes(upload);
  ASSERT_EQ(bytes.size(), 4 * kRange);
  for (std::size_t part = 0; part < 4; ++part)
    for (std::size_t at = part == 0 ? 4 : 0; at < kRange; ++at)
      ASSERT_EQ(bytes[part * kRange + at], bytes[part * kRange + kRange - 1]) << "part " << part << " byte " << at;
}

TEST_F(EngineWrite, OverlappingParallelAttemptsEndInOneConsistentFile_I3) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    const auto upload = rig.open(content.size(), "file " + std::to_string(seed));
    const auto attempt = [](EngineRig& all, UploadHandle at, const std::string& bytes,
                            ByteRange range) -> io::Task<void> {
      for (int tries = 0; tries < 100 && !all.engine->has(at, range); ++tries)
        (void)co_await all.write_task(at, bytes.substr(range.begin, range.size()), range);
    };
    std::vector<io::Task<void>> tasks;
    for (int i = 0; i < 16; ++i) {
      const std::uint64_t begin = i == 0 ? 0 : random() % content.size();
      const std::uint64_t end = i == 0 ? content.size() : begin + 1 + random() % (content.size() - begin);
      tasks.push_back(attempt(rig, upload, content, {begin, end}));
    }
    run_together(std::move(tasks));
    const auto answer = rig.finish(upload);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->photo.crc32, crc32_update(0, as_bytes(content)));
    EXPECT_TRUE(rig.original(answer->photo.photo_id) == content);
  }
}

TEST_F(EngineWrite, AnUnsupportedTypeFailsTheUploadWhenItsHeadComesFirst) {
  const auto upload = rig.open(content.size());
  std::string bad = content;
  bad.replace(0, 4, "BAD!");
  EXPECT_EQ(rig.write(upload, bad, {0, kPart}).error().code, Errc::unsupported_type);
  EXPECT_EQ(rig.write(upload, bad, {kPart, content.size()}).error().code, Errc::unsupported_type);
  EXPECT_EQ(rig.finish(upload).error().code, Errc::unsupported_type);
  EXPECT_EQ(rig.engine->may_go_on(upload).error().code, Errc::unsupported_type);
  EXPECT_TRUE(rig.memory.all_files().empty());
  rig.restart();
  EXPECT_EQ(rig.try_open(content.size()).error().code, Errc::unsupported_type);
}

TEST_F(EngineWrite, AnUnsupportedTypeFailsTheUploadWhenItsHeadComesLast) {
  const auto upload = rig.open(content.size());
  std::string bad = content;
  bad.replace(0, 4, "BAD!");
  ASSERT_TRUE(rig.write(upload, bad, {kPart, content.size()}));
  EXPECT_EQ(rig.write(upload, bad, {0, kPart}).error().code, Errc::unsupported_type);
  EXPECT_EQ(rig.finish(upload).error().code, Errc::unsupported_type);
  EXPECT_TRUE(rig.memory.all_files().empty());
  EXPECT_TRUE(rig.photos().empty());
}

TEST_F(EngineWrite, AHeadInSplintersIsJudgedAtTheFinish) {
  std::string bad = content;
  bad.replace(0, 4, "BAD!");
  const auto upload = rig.open(content.size());
  ASSERT_TRUE(rig.write(upload, bad, {0, 2}));
  ASSERT_TRUE(rig.write(upload, bad, {2, content.size()}));
  EXPECT_EQ(rig.finish(upload).error().code, Errc::unsupported_type);
  EXPECT_TRUE(rig.memory.all_files().empty());
}

// A body whose first bytes are dropped, because others are durable there, cannot vouch for the file's type.
TEST_F(EngineWrite, ADroppedHeadHasNoSayAboutTheType_I2) {
  const auto upload = rig.open(content.size());
  ASSERT_TRUE(rig.write(upload, "BAD!", {0, 2}));
  ASSERT_TRUE(rig.write(upload, content, {0, content.size()}));  // its "JPEG" loses "JP" to the stored "BA"
  EXPECT_EQ(rig.finish(upload).error().code, Errc::unsupported_type);
  EXPECT_TRUE(rig.photos().empty());
}

TEST_F(EngineWrite, ABodyThatIsUnderWayWhenTheUploadFailsIsNotAcknowledged) {
  const auto upload = rig.open(content.size());
  io::Loop loop("test");
  io::TaskGroup group([](std::exception_ptr) { ADD_FAILURE(); });
  ScriptedSource slow({content.substr(kPart, 10'000), Hang{}, content.substr(kPart + 10'000, kPart - 10'000)});
  Result<WriteOutcome> outcome = WriteOutcome::stored;
  const auto write_slow = [](Engine& engine, UploadHandle at, ScriptedSource& source,
                             Result<WriteOutcome>& result) -> io::Task<void> {
    result = co_await engine.write(at, {{kPart, 2 * kPart}}, source, source.interrupter());
  };
  group.spawn(loop, write_slow(*rig.engine, upload, slow, outcome));
  io::run_until_done(slow.hanging());
  EXPECT_EQ(write_steps(upload, {0, 4}, {"BAD!"}).error().code, Errc::unsupported_type);
  slow.release();
  io::run_until_done(group.drain());
  EXPECT_EQ(outcome.error().code, Errc::unsupported_type);
}

}  // namespace
}  // namespace stile::engine
