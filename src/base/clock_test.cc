#include "base/clock.h"

#include <gtest/gtest.h>

namespace stile {
namespace {

TEST(FakeClock, StandsStillUntilMoved) {
  FakeClock clock;
  const auto wall = clock.wall_now();
  const auto steady = clock.steady_now();
  EXPECT_EQ(clock.wall_now(), wall);
  clock.advance(Milliseconds(1500));
  EXPECT_EQ(clock.wall_now() - wall, Milliseconds(1500));
  EXPECT_EQ(clock.steady_now() - steady, Milliseconds(1500));
}

TEST(WallTime, IsStoredInMillisecondsAndShownInSeconds) {
  const WallTime time = from_epoch_milliseconds(1'700'000'000'999);
  EXPECT_EQ(epoch_milliseconds(time), 1'700'000'000'999);
  EXPECT_EQ(epoch_seconds(time), 1'700'000'000);
  EXPECT_EQ(epoch_seconds(from_epoch_milliseconds(-1)), -1) << "rounds down, before 1970 too";
}

}  // namespace
}  // namespace stile
