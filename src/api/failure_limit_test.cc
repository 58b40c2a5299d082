#include "api/failure_limit.h"

#include <gtest/gtest.h>

namespace stile::api {
namespace {

constexpr WallTime kStart{Seconds{1'700'000'000}};

TEST(FailureLimit, TellsTheFirstFewOfAMinute) {
  FailureLimit limit(2);
  EXPECT_TRUE(limit.take("a", kStart));
  EXPECT_TRUE(limit.take("a", kStart + Seconds{59}));
  EXPECT_FALSE(limit.take("a", kStart + Seconds{59}));
  EXPECT_TRUE(limit.take("b", kStart + Seconds{59})) << "each token for itself";
  EXPECT_TRUE(limit.take("a", kStart + Seconds{60}));
}

TEST(FailureLimit, NoneIsNone) { EXPECT_FALSE(FailureLimit(0).take("a", kStart)); }

TEST(FailureLimit, AClockThatIsSetBackSilencesNobody) {
  FailureLimit limit(1);
  EXPECT_TRUE(limit.take("a", kStart));
  EXPECT_TRUE(limit.take("a", kStart - Seconds{3'600}));
}

TEST(FailureLimit, RemembersABoundedNumberOfTokens) {
  FailureLimit limit(1);
  for (std::size_t i = 0; i < FailureLimit::kMostTokens; ++i) ASSERT_TRUE(limit.take(std::to_string(i), kStart));
  EXPECT_FALSE(limit.take("one more", kStart));
  EXPECT_TRUE(limit.take("one more", kStart + FailureLimit::kWindow)) << "the old ones made room";
}

}  // namespace
}  // namespace stile::api
