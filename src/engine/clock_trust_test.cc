#include "engine/clock_trust.h"

#include <gtest/gtest.h>

#include "engine/engine_rig.h"
#include "engine/housekeeper.h"

namespace stile::engine {
namespace {

using std::chrono::hours;
using Verdict = ClockTrust::Verdict;

constexpr hours kDay{24};

// Somebody sets the wall clock; the steady one goes on as if nothing had happened.
class JumpingClock final : public Clock {
 public:
  explicit JumpingClock(FakeClock& wall) : wall_(wall) {}
  WallTime wall_now() const override { return wall_.wall_now(); }
  SteadyTime steady_now() const override { return wall_.steady_now() - jumped_; }
  void jump(Milliseconds by) {
    wall_.advance(by);  // for those who look at the wall only
    jumped_ += by;
  }

 private:
  FakeClock& wall_;
  Milliseconds jumped_{0};
};

class ClockTrustTest : public testing::Test {
 protected:
  FakeClock wall;
  JumpingClock clock{wall};
  ClockTrust trust{clock};
};

TEST_F(ClockTrustTest, BelievesAClockThatGoesEvenlyHoweverSeldomItLooks) {
  for (const Milliseconds step : {Milliseconds(0), Milliseconds(1), Milliseconds(kDay), Milliseconds(1000 * kDay)}) {
    wall.advance(step);
    EXPECT_EQ(trust.look(), Verdict::good);
  }
}

TEST_F(ClockTrustTest, DoesNotBelieveAJumpUntilTheClockHasGoneEvenlyForADay) {
  for (const Milliseconds by : {Milliseconds(hours(2)), Milliseconds(3650 * kDay), Milliseconds(-3650 * kDay)}) {
    ASSERT_EQ(trust.look(), Verdict::good);
    clock.jump(by);
    EXPECT_EQ(trust.look(), Verdict::jumped) << "said once";
    wall.advance(ClockTrust::kHold - Milliseconds(1));
    EXPECT_EQ(trust.look(), Verdict::waiting);
    wall.advance(Milliseconds(1));
    EXPECT_EQ(trust.look(), Verdict::good);
  }
}

TEST_F(ClockTrustTest, AJumpThatIsPutRightIsForgottenAtOnce) {
  ASSERT_EQ(trust.look(), Verdict::good);
  clock.jump(hours(5));
  EXPECT_EQ(trust.look(), Verdict::jumped);
  wall.advance(hours(3));
  clock.jump(-hours(5));
  EXPECT_EQ(trust.look(), Verdict::good);
}

TEST_F(ClockTrustTest, AnotherJumpBeginsTheWaitAnew) {
  ASSERT_EQ(trust.look(), Verdict::good);
  clock.jump(hours(5));
  EXPECT_EQ(trust.look(), Verdict::jumped);
  wall.advance(hours(20));
  EXPECT_EQ(trust.look(), Verdict::waiting);
  clock.jump(100 * kDay);
  EXPECT_EQ(trust.look(), Verdict::jumped);
  wall.advance(hours(20));
  EXPECT_EQ(trust.look(), Verdict::waiting);
  wall.advance(hours(4));
  EXPECT_EQ(trust.look(), Verdict::good);
}

TEST_F(ClockTrustTest, WhatACorrectionByTheNetworkMovesIsNoJump) {
  for (int i = 0; i < 100; ++i) {
    clock.jump(i % 2 == 0 ? Milliseconds(ClockTrust::kJump) : -Milliseconds(ClockTrust::kJump));
    EXPECT_EQ(trust.look(), Verdict::good);
  }
}

// What it is for: nothing that was acknowledged goes because of a clock that is wrong for an hour.
class ClockJumpTest : public testing::Test {
 protected:
  std::size_t removed_in_a_round() {
    std::size_t removed = 0;
    for (const Swept& swept : rig.run(keeper.round()).swept) removed += swept.removed;
    return removed;
  }
  UploadHandle open(const std::string& identifier = "file") {
    auto opened = rig.run(rig.engine->open(EngineRig::request(2 * kPart, identifier)));
    CHECK(opened);
    return *opened;
  }

  EngineRig rig;
  JumpingClock clock{rig.clock};
  Housekeeper keeper{
      {.engine = *rig.engine, .upkeep = *rig.sql, .logins = *rig.sql, .tokens = *rig.sql, .clock = clock, .busy = {}},
      {}};
};

TEST_F(ClockJumpTest, NothingIsRemovedByAJumpForwardThatIsPutRight) {
  const std::string content = picture(2 * kPart);
  rig.add_token(2);
  rig.add_token(1, Seconds{60}, "unused");
  ASSERT_TRUE(rig.write(open(), content, {0, kPart}));
  for (const auto jump : {hours(49), hours(24 * 365 * 10)}) {
    clock.jump(jump);
    EXPECT_TRUE(rig.run(keeper.round()).clock_jumped);
    EXPECT_EQ(removed_in_a_round(), 0u);
    clock.jump(-jump);
    EXPECT_EQ(removed_in_a_round(), 0u);
  }
  EXPECT_TRUE(rig.run(rig.sql->find_token("unused"))->has_value());
  // The upload goes on where it was, with what was acknowledged.
  const UploadHandle upload = open();
  EXPECT_TRUE(rig.engine->has(upload, {0, kPart}));
  ASSERT_TRUE(rig.write(upload, content, {kPart, 2 * kPart}));
  EXPECT_TRUE(rig.finish(upload));
}

TEST_F(ClockJumpTest, AJumpThatIsMeantIsFollowedADayLater) {
  rig.add_token();
  ASSERT_TRUE(rig.write(open(), picture(2 * kPart), {0, kPart}));
  clock.jump(1000 * kDay);
  EXPECT_EQ(removed_in_a_round(), 0u);
  rig.clock.advance(ClockTrust::kHold);
  EXPECT_EQ(removed_in_a_round(), 1u) << "the upload";
}

// Tokens and uploads under way themselves know the wall clock only: while it is wrong they end early or live longer,
// and both is over when it is right.
TEST_F(ClockJumpTest, ATokenThatSeemedToHaveExpiredIsGoodAgain) {
  rig.add_token();
  clock.jump(365 * kDay);
  const auto late = rig.run(rig.engine->open(EngineRig::request(kPart)));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Errc::token_expired);
  clock.jump(-365 * kDay);
  EXPECT_TRUE(rig.run(rig.engine->open(EngineRig::request(kPart))));
  clock.jump(-365 * kDay);
  EXPECT_TRUE(rig.run(rig.engine->open(EngineRig::request(kPart))));
}

}  // namespace
}  // namespace stile::engine
