#include "auth/login_throttle.h"

#include <gtest/gtest.h>

namespace stile::auth {
namespace {

using Verdict = LoginThrottle::Verdict;

struct LoginThrottleTest : testing::Test {
  FakeClock clock;
  LoginThrottle throttle{clock, {.per_user = 3, .per_address = 5, .window = Milliseconds{60'000}, .max_entries = 20}};
};

TEST_F(LoginThrottleTest, WhoGuessesAtANameLocksOutHimselfAndNotItsOwner) {
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(throttle.admit("anna", "192.0.2.1:" + std::to_string(i)));
  EXPECT_FALSE(throttle.admit("anna", "192.0.2.1:9"));
  EXPECT_FALSE(throttle.admit(" ANNA ", "192.0.2.1:9"));
  EXPECT_TRUE(throttle.admit("anna", "192.0.2.2:1"));
  EXPECT_TRUE(throttle.admit("bob", "192.0.2.1:9"));
}

TEST(LoginThrottle, ANameHasSoManyTriesFromWhereverTheyCome) {
  FakeClock clock;
  LoginThrottle throttle(clock, {.per_user = 3, .per_address = 5, .window = Milliseconds{60'000}});
  const auto from = [](int i) { return "192.0.2." + std::to_string(i) + ":1"; };
  for (int i = 0; i < 30; ++i) EXPECT_TRUE(throttle.admit("anna", from(i / 3))) << i;
  EXPECT_FALSE(throttle.admit("anna", from(99)));
  EXPECT_TRUE(throttle.admit("bob", from(99)));
  throttle.settle("anna", from(1), Verdict::good);
  EXPECT_TRUE(throttle.admit("anna", from(99))) << "a good one does not count";
  EXPECT_FALSE(throttle.admit("anna", from(99))) << "but it does not forgive the others";
}

TEST_F(LoginThrottleTest, AnAddressHasSoManyTriesForWhomeverTheyAre) {
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(throttle.admit("user" + std::to_string(i), "192.0.2.1:" + std::to_string(i)));
  EXPECT_FALSE(throttle.admit("somebody", "192.0.2.1:77"));
  EXPECT_TRUE(throttle.admit("somebody", "192.0.2.2:77"));
}

TEST_F(LoginThrottleTest, AWindowEndsWhetherSomebodyGoesOnOrNot) {
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(throttle.admit("anna", "a"));
  clock.advance(Milliseconds{59'999});
  EXPECT_FALSE(throttle.admit("anna", "a"));
  clock.advance(Milliseconds{1});
  EXPECT_TRUE(throttle.admit("anna", "a"));
}

TEST_F(LoginThrottleTest, AGoodTryClearsItsUserAndDoesNotCountForTheAddress) {
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(throttle.admit("anna", "a")) << i;
    throttle.settle("Anna", "a", Verdict::good);
  }
  EXPECT_TRUE(throttle.admit("anna", "a"));
  EXPECT_TRUE(throttle.admit("anna", "a"));
  throttle.settle("anna", "a", Verdict::good);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(throttle.admit("anna", "b")) << i;
  // The one that was wrong still counts for the address: four more.
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(throttle.admit("u" + std::to_string(i), "a")) << i;
  EXPECT_FALSE(throttle.admit("u5", "a"));
}

TEST_F(LoginThrottleTest, ATryThatWasNeverJudgedDoesNotCount) {
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(throttle.admit("anna", "a")) << i;
    throttle.settle("anna", "a", Verdict::not_judged);
  }
}

TEST_F(LoginThrottleTest, ItsMemoryIsBounded) {
  for (int i = 0; i < 1'000; ++i) {
    (void)throttle.admit("user" + std::to_string(i), std::to_string(i));
    ASSERT_LE(throttle.size(), 20u);
  }
}

TEST(ThrottledAddress, IsTheAddressWithoutItsPortAndHalfOfSix) {
  EXPECT_EQ(throttled_address("192.0.2.1:4711"), "192.0.2.1");
  EXPECT_EQ(throttled_address("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(throttled_address("[2001:db8:1:2:3:4:5:6]:80"), "2001:db8:1:2::/64");
  EXPECT_EQ(throttled_address("2001:DB8:1:2:ffff:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(throttled_address("[2001:db8::1]:80"), "2001:db8:0:0::/64");
  EXPECT_EQ(throttled_address("[1:2::3:4:5:6:7]:80"), "1:2:0:3::/64");
  EXPECT_EQ(throttled_address("[::1]:80"), "0:0:0:0::/64");
  EXPECT_EQ(throttled_address("[::ffff:192.0.2.1]:80"), "::ffff:192.0.2.1");
  EXPECT_EQ(throttled_address(""), "");
}

}  // namespace
}  // namespace stile::auth
