#include "auth/nonces.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace stile::auth {
namespace {

using enum NonceMemory::Verdict;
constexpr std::uint64_t kNow = 1'700'000'000;  // where a FakeClock begins

struct NonceTest : testing::Test {
  FakeClock clock;
  NonceMemory memory{clock, {.window = Milliseconds{600'000}, .max_nonces = 1000}};
};

TEST_F(NonceTest, TakesEachCombinationOnce) {
  EXPECT_EQ(memory.remember("c", "t", kNow, "n"), fresh);
  EXPECT_EQ(memory.remember("c", "t", kNow, "n"), repeated);
  EXPECT_EQ(memory.remember("c", "t", kNow, "m"), fresh);
  EXPECT_EQ(memory.remember("c", "t", kNow + 1, "n"), fresh);
  EXPECT_EQ(memory.remember("c", "", kNow, "n"), fresh);
  EXPECT_EQ(memory.remember("d", "t", kNow, "n"), fresh);
  EXPECT_EQ(memory.size(), 5u);
}

TEST_F(NonceTest, TellsTokenAndNonceApart) {
  EXPECT_EQ(memory.remember("c", "ab", kNow, "c"), fresh);
  EXPECT_EQ(memory.remember("c", "a", kNow, "bc"), fresh);
  EXPECT_EQ(memory.remember("c", "", kNow, "abc"), fresh);
}

TEST_F(NonceTest, RefusesTimestampsOutsideTheWindow) {
  EXPECT_EQ(memory.remember("c", "t", kNow - 600, "n"), fresh);
  EXPECT_EQ(memory.remember("c", "t", kNow + 600, "n"), fresh);
  for (const std::uint64_t timestamp : {kNow - 601, kNow + 601, std::uint64_t{0}, ~std::uint64_t{0}, std::uint64_t{1} << 63})
    EXPECT_EQ(memory.remember("c", "t", timestamp, "n"), outside_window) << timestamp;
}

TEST_F(NonceTest, RefusesARepeatAsLongAsItsTimestampIsGood) {
  EXPECT_EQ(memory.remember("c", "t", kNow + 600, "n"), fresh);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(memory.remember("c", "t", kNow + 600, "n"), repeated) << i;
    clock.advance(Seconds{60});
  }
  EXPECT_EQ(memory.remember("c", "t", kNow + 600, "n"), repeated);
  clock.advance(Seconds{1});
  EXPECT_EQ(memory.remember("c", "t", kNow + 600, "n"), outside_window);
}

TEST_F(NonceTest, ForgetsWhatTheWindowRefuses) {
  for (int i = 0; i < 500; ++i) memory.remember("c", "t", kNow, std::to_string(i));
  clock.advance(Seconds{601});
  memory.remember("d", "t", kNow + 601, "n");
  EXPECT_EQ(memory.size(), 1u);
}

TEST_F(NonceTest, NeverHoldsMoreThanItsBound) {
  for (std::uint64_t i = 0; i < 5000; ++i) {
    EXPECT_EQ(memory.remember("c", "t", kNow - 500 + i / 10, std::to_string(i)), fresh) << i;
    ASSERT_LE(memory.size(), 1000u);
  }
}

TEST_F(NonceTest, FullItRefusesOldTimestampsRatherThanTakeARepeat) {
  for (std::uint64_t i = 0; i < 5000; ++i) memory.remember("c", "t", kNow - 500 + i / 10, std::to_string(i));
  for (std::uint64_t i = 0; i < 5000; ++i)
    EXPECT_NE(memory.remember("c", "t", kNow - 500 + i / 10, std::to_string(i)), fresh) << i;
}

TEST_F(NonceTest, ABusyConsumerHurtsOnlyItself) {
  EXPECT_EQ(memory.remember("quiet", "t", kNow - 599, "n"), fresh);
  for (std::uint64_t i = 0; i < 5000; ++i) memory.remember("busy", "t", kNow + 599, std::to_string(i));
  EXPECT_EQ(memory.remember("quiet", "t", kNow - 599, "n"), repeated);
  EXPECT_EQ(memory.remember("quiet", "t", kNow - 599, "m"), fresh);
  EXPECT_EQ(memory.remember("busy", "t", kNow, "x"), outside_window);
}

TEST_F(NonceTest, OfManyAtOnceExactlyOnePasses) {
  constexpr int kThreads = 4, kRounds = 500;
  std::atomic<int> passed = 0;
  std::vector<std::jthread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < kRounds; ++i)
        if (memory.remember("c", "t", kNow, std::to_string(i)) == fresh) ++passed;
    });
  threads.clear();
  EXPECT_EQ(passed, kRounds);
}

}  // namespace
}  // namespace stile::auth
