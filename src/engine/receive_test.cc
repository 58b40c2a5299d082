#include "engine/receive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/scripted_source.h"
#include "io/loop.h"
#include "io/run.h"
#include "io/task_group.h"

namespace stile::engine {
namespace {

using Step = ScriptedSource::Step;
using Pause = ScriptedSource::Pause;
using Hang = ScriptedSource::Hang;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::size_t kBlock = 64;

class Receive : public testing::Test {
 protected:
  Receive() {
    how.limit = 1 << 20;
    how.sink = [this](std::uint64_t offset, Bytes bytes, Piece piece) -> Result<void> {
      EXPECT_EQ(offset, stored.size());
      stored += as_text(bytes);
      pieces.push_back(bytes.size());
      last += piece == Piece::last ? 1 : 0;
      most_blocks = std::max(most_blocks, blocks.in_use());
      return {};
    };
  }

  Result<std::uint64_t> receive_all(ScriptedSource& source) { return io::run_until_done(receive(source, how)); }
  Result<std::uint64_t> receive_all(std::vector<Step> steps,
                                    ScriptedSource::End end = ScriptedSource::End::surprising) {
    ScriptedSource source(std::move(steps), end);
    return receive_all(source);
  }
  static io::Task<void> receive_quietly(ScriptedSource& source, const Receiver& receiver) {
    (void)co_await receive(source, receiver);
  }
  static std::string letters(std::size_t count) {
    std::string text(count, ' ');
    for (std::size_t i = 0; i < count; ++i) text[i] = static_cast<char>('a' + i % 26);
    return text;
  }

  io::ThreadPool disk{"disk", 1, 100};
  io::BlockPool blocks{kBlock, 2};
  SystemClock clock;
  Receiver how{blocks, disk, clock};
  std::string stored;
  std::vector<std::size_t> pieces;
  int last = 0;
  std::size_t most_blocks = 0;
};

TEST_F(Receive, HandsEveryByteToTheSinkInOrderForAnyPieces) {
  const std::string all = letters(1000);
  for (const std::size_t piece : {1, 2, 3, 7, 31, 63, 64, 65, 999, 1000}) {
    for (const auto end : {ScriptedSource::End::announced, ScriptedSource::End::surprising}) {
      std::vector<Step> steps;
      for (std::size_t at = 0; at < all.size(); at += piece) steps.emplace_back(all.substr(at, piece));
      stored.clear();
      last = 0;
      EXPECT_EQ(receive_all(std::move(steps), end), all.size()) << piece;
      EXPECT_EQ(stored, all) << piece;
      EXPECT_EQ(last, 1) << piece;
      EXPECT_EQ(blocks.in_use(), 0u);
    }
  }
  EXPECT_LE(most_blocks, 2u);
}

TEST_F(Receive, FillsABlockBeforeItIsWritten) {
  EXPECT_EQ(receive_all({letters(50), letters(50), letters(50)}), 150u);
  EXPECT_THAT(pieces, ElementsAre(64, 64, 22));
}

TEST_F(Receive, AnAnnouncedEndNeedsNoEmptyLastPiece) {
  EXPECT_EQ(receive_all({letters(kBlock)}, ScriptedSource::End::announced), kBlock);
  EXPECT_THAT(pieces, ElementsAre(kBlock));
  EXPECT_EQ(last, 1);
}

TEST_F(Receive, ASurprisingEndAtABlockBoundaryIsAnEmptyLastPiece) {
  EXPECT_EQ(receive_all({letters(kBlock)}), kBlock);
  EXPECT_THAT(pieces, ElementsAre(kBlock, 0));
  EXPECT_EQ(last, 1);
}

TEST_F(Receive, AnEmptySourceReachesNoSink) {
  EXPECT_EQ(receive_all(std::vector<Step>{}), 0u);
  EXPECT_EQ(receive_all({}, ScriptedSource::End::announced), 0u);
  EXPECT_THAT(pieces, IsEmpty());
}

TEST_F(Receive, AnIdleSourceHoldsNoBlock_I8) {
  std::vector<std::size_t> held;
  const Pause look{[&] { held.push_back(blocks.in_use()); }};
  EXPECT_EQ(receive_all({look, letters(10), look, letters(200), look, letters(5), look}), 215u);
  EXPECT_THAT(held, ElementsAre(0, 0, 0, 0));
  EXPECT_EQ(stored.size(), 215u);
}

TEST_F(Receive, ManyIdleSourcesLeaveTheBlocksToTheOneThatSends_I8) {
  ScriptedSource idle_one({letters(100), Hang{}}), idle_two({letters(100), Hang{}});
  io::Loop loop("test");
  io::TaskGroup group([](std::exception_ptr) { ADD_FAILURE(); });
  how.sink = [](std::uint64_t, Bytes, Piece) -> Result<void> { return {}; };
  group.spawn(loop, receive_quietly(idle_one, how));
  group.spawn(loop, receive_quietly(idle_two, how));
  io::run_until_done(idle_one.hanging());
  io::run_until_done(idle_two.hanging());
  EXPECT_EQ(receive_all({letters(500)}), 500u);  // would wait for ever if the idle ones held both blocks
  idle_one.release();
  idle_two.release();
  io::run_until_done(group.drain());
}

TEST_F(Receive, WorksWithASingleBlock) {
  io::BlockPool single(kBlock, 1);
  Receiver with_one{single, disk, clock};
  with_one.limit = 1000;
  with_one.sink = how.sink;
  ScriptedSource source({letters(300), Pause{}, letters(300)});
  EXPECT_EQ(io::run_until_done(receive(source, with_one)), 600u);
  EXPECT_EQ(stored, letters(300) + letters(300));
}

TEST_F(Receive, AShortHeadIsKeptOverAPauseAndShownWhole) {
  std::vector<std::string> heads;
  how.head_bytes = 20;
  how.on_head = [&](Bytes head, bool whole) -> Result<void> {
    EXPECT_TRUE(whole);
    EXPECT_TRUE(stored.empty());
    heads.emplace_back(as_text(head));
    return {};
  };
  std::vector<std::size_t> held;
  const Pause look{[&] { held.push_back(blocks.in_use()); }};
  EXPECT_EQ(receive_all({letters(5), look, letters(5), look, letters(30)}), 40u);
  const std::string all = letters(5) + letters(5) + letters(30);
  EXPECT_THAT(heads, ElementsAre(all.substr(0, 20)));
  EXPECT_THAT(held, ElementsAre(0, 0));
  EXPECT_EQ(stored, all);
}

TEST_F(Receive, AFileShorterThanTheHeadIsItsOwnHead) {
  for (const auto end : {ScriptedSource::End::announced, ScriptedSource::End::surprising}) {
    stored.clear();
    int heads = 0;
    how.head_bytes = 20;
    how.on_head = [&](Bytes head, bool whole) -> Result<void> {
      ++heads;
      EXPECT_TRUE(whole);
      EXPECT_EQ(as_text(head), "abc");
      return {};
    };
    EXPECT_EQ(receive_all({"abc", Pause{}}, end), 3u);
    EXPECT_EQ(heads, 1);
    EXPECT_EQ(stored, "abc");
  }
}

TEST_F(Receive, ARefusedHeadReachesNoSink) {
  how.head_bytes = 4;
  how.on_head = [](Bytes, bool) -> Result<void> { return fail(Errc::unsupported_type); };
  EXPECT_EQ(receive_all({letters(500)}).error().code, Errc::unsupported_type);
  EXPECT_THAT(pieces, IsEmpty());
}

TEST_F(Receive, MoreThanTheLimitFailsAndIsNotWritten) {
  how.limit = 100;
  how.over_limit = Errc::too_large;
  EXPECT_EQ(receive_all({letters(100)}), 100u);
  stored.clear();
  EXPECT_EQ(receive_all({letters(101)}).error().code, Errc::too_large);
  EXPECT_LE(stored.size(), 100u);
}

TEST_F(Receive, TheSinksErrorEndsIt) {
  how.sink = [&](std::uint64_t offset, Bytes, Piece) -> Result<void> {
    if (offset >= 128) return fail(Errc::disk_full);
    return {};
  };
  ScriptedSource source({letters(100'000)});
  EXPECT_EQ(receive_all(source).error().code, Errc::disk_full);
  EXPECT_LT(source.delivered(), 1000u);  // the rest is not asked for
}

TEST_F(Receive, AnExceptionOfTheSinkIsAnError) {
  how.sink = [](std::uint64_t, Bytes, Piece) -> Result<void> { throw std::bad_alloc(); };
  EXPECT_EQ(receive_all({letters(10)}).error().code, Errc::io_error);
}

TEST_F(Receive, TheSourcesErrorEndsItAfterTheSinksAreDone) {
  EXPECT_EQ(receive_all({letters(200), Errc::truncated}).error().code, Errc::truncated);
  EXPECT_EQ(stored.size(), 3 * kBlock);  // full blocks only; the half one is dropped
  EXPECT_EQ(last, 0);
  EXPECT_EQ(blocks.in_use(), 0u);
}

TEST_F(Receive, APokeWithoutAReasonIsIgnored) {
  how.must_stop = [] { return false; };
  ScriptedSource source({letters(10), Pause{}, letters(10)});
  source.interrupter()->interrupt();
  EXPECT_EQ(receive_all(source), 20u);
}

TEST_F(Receive, APokeWithAReasonEndsAHangingSource) {
  bool stop = false;
  how.must_stop = [&] { return stop; };
  ScriptedSource source({letters(10), Pause{[&] {
                           stop = true;
                           source.interrupter()->interrupt();
                         }},
                         Hang{}});
  EXPECT_EQ(receive_all(source).error().code, Errc::interrupted);
  EXPECT_EQ(last, 0);
}

TEST_F(Receive, ASourceThatNeverPausesIsStoppedBetweenBlocks) {
  int asked = 0;
  how.must_stop = [&] { return ++asked > 3; };
  ScriptedSource source({letters(100'000)});
  EXPECT_EQ(receive_all(source).error().code, Errc::interrupted);
  EXPECT_LE(source.delivered(), 3 * kBlock);
}

TEST_F(Receive, AFullDiskQueueIsBusy) {
  io::ThreadPool stuck("stuck", 0, 0);
  Receiver receiver{blocks, stuck, clock};
  receiver.limit = 100;
  receiver.sink = how.sink;
  ScriptedSource source({letters(10)});
  EXPECT_EQ(io::run_until_done(receive(source, receiver)).error().code, Errc::busy);
}

}  // namespace
}  // namespace stile::engine
