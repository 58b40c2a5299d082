#include "app/health.h"

#include <gtest/gtest.h>

#include <vector>

#include "io/run.h"

namespace stile::app {
namespace {

struct HealthTest : testing::Test {
  FakeClock clock;
  io::ThreadPool disk{"disk", 1, 4};
  Result<std::uint64_t> seen = 1'000;
  std::vector<std::string> changes;
  Health health{[this] { return seen; }, disk, clock, 500, [this](std::string_view why) { changes.emplace_back(why); }};

  std::string look() {
    io::run_until_done(health.look());
    return health.not_ready();
  }
};

TEST_F(HealthTest, IsNotReadyBelowTheLowWaterMarkAndRecovers) {
  EXPECT_EQ(look(), "");
  seen = 499;
  EXPECT_EQ(look(), "low on disk space");
  EXPECT_TRUE(health.is_low());
  EXPECT_EQ(health.free_bytes(), 499u);
  seen = 500;
  EXPECT_EQ(look(), "");
  EXPECT_FALSE(health.is_low());
}

TEST_F(HealthTest, SaysWhatIsWrongWithTheDisk) {
  seen = fail(Errc::not_found);
  EXPECT_EQ(look(), "the data directory is gone");
  seen = fail(Errc::permission_denied);
  EXPECT_EQ(look(), "the disk is read-only");
  seen = fail(Errc::io_error);
  EXPECT_EQ(look(), "the disk has a fault");
  seen = 1'000;
  EXPECT_EQ(look(), "");
}

TEST_F(HealthTest, TellsOfEachChangeOnce) {
  look();
  seen = 1;
  look();
  look();
  seen = 1'000;
  look();
  EXPECT_EQ(changes, (std::vector<std::string>{"low on disk space", ""}));
}

TEST_F(HealthTest, ADiskThatDoesNotAnswerIsAnAnswerWithoutWaiting) {
  look();
  clock.advance(Health::kSilence);
  EXPECT_EQ(health.not_ready(), "");
  clock.advance(Milliseconds(1));
  EXPECT_EQ(health.not_ready(), "the disk does not answer");
  EXPECT_EQ(look(), "");
}

TEST_F(HealthTest, StoppingIsForGood) {
  health.stop();
  EXPECT_EQ(look(), "stopping");
}

}  // namespace
}  // namespace stile::app
