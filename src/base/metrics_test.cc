#include "base/metrics.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace stile {
namespace {

TEST(Counter, LosesNothingBetweenThreads) {
  Counter counter;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < 10'000; ++n) counter.add(2);
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counter.value(), 80'000u);
}

TEST(Gauge, GoesUpAndDownAndBelowZero) {
  Gauge gauge;
  gauge.add(3);
  gauge.sub(5);
  EXPECT_EQ(gauge.value(), -2);
  gauge.set(7);
  EXPECT_EQ(gauge.value(), 7);
}

TEST(Histogram, SortsEachValueIntoTheFirstBucketThatHoldsIt) {
  static constexpr std::array<std::uint64_t, 3> kBounds{10, 20, 30};
  Histogram histogram(kBounds);
  for (const std::uint64_t value : {0, 10, 11, 20, 30, 31, 1'000}) histogram.observe(value);
  const HistogramView view = histogram.view();
  EXPECT_EQ(view.bounds.size(), 3u);
  EXPECT_EQ(view.counts[0], 2u);  // a bound belongs to its bucket
  EXPECT_EQ(view.counts[1], 2u);
  EXPECT_EQ(view.counts[2], 1u);
  EXPECT_EQ(view.counts[3], 2u);
  EXPECT_EQ(view.counts[4], 0u);
  EXPECT_EQ(view.sum, 1102u);
}

TEST(Histogram, TakesATimeThatRanBackwardsForNone) {
  Histogram histogram(kDiskTimes);
  histogram.observe(std::chrono::nanoseconds(-5));
  EXPECT_EQ(histogram.view().counts[0], 1u);
  EXPECT_EQ(histogram.view().sum, 0u);
}

TEST(Histogram, HasRoomForEveryListOfBounds) {
  EXPECT_LT(kDiskTimes.size(), HistogramView().counts.size());
  EXPECT_LT(kRequestTimes.size(), HistogramView().counts.size());
  EXPECT_LT(kBatchSizes.size(), HistogramView().counts.size());
}

TEST(Stopwatch, NeverRunsBackwards) {
  const Stopwatch watch;
  const auto first = watch.elapsed();
  EXPECT_GE(first.count(), 0);
  EXPECT_GE(watch.elapsed(), first);
}

}  // namespace
}  // namespace stile
