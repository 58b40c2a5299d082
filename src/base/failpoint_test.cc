#include "base/failpoint.h"

#include <gtest/gtest.h>

#include <csignal>
#include <set>

namespace stile {
namespace {

// Each dies in a process of its own, so that nothing stays armed here.
using FailpointDeathTest = testing::Test;

TEST(Failpoints, HaveNamesOfTheirOwnAndSayWhichCrashTheyAre) {
  std::set<std::string_view> names;
  for (const Failpoint& point : kFailpoints) {
    EXPECT_TRUE(names.insert(point.name).second) << point.name;
    EXPECT_NE(point.name.find('.'), std::string_view::npos) << point.name;
    EXPECT_FALSE(point.crash.empty()) << point.name;
  }
}

TEST(Failpoints, ThatAreNotArmedAreWalkedPast) {
  for (int i = 0; i < 3; ++i) failpoint("finish.committed");
}

TEST(Failpoints, AreNotArmedByNonsense) {
  for (const char* text : {"", "nonsense", "finish.committed@", "finish.committed@0", "finish.committed@-1",
                           "finish.committed@1x", "finish.committed@99999999999999999999", "@1", "finish.committed "}) {
    const auto armed = arm_failpoint(text);
    ASSERT_FALSE(armed) << text;
    EXPECT_EQ(armed.error().code, Errc::invalid_input);
    EXPECT_FALSE(armed.error().message.empty());
  }
  failpoint("finish.committed");
}

TEST(FailpointDeathTest, AnArmedOneDiesAsByKill9) {
  const auto pass = [] {
    (void)arm_failpoint("finish.committed");
    failpoint("finish.published");
    failpoint("finish.committed");
  };
  EXPECT_EXIT(pass(), testing::KilledBySignal(SIGKILL), "failpoint finish.committed");
}

TEST(FailpointDeathTest, TheNthPassDiesAndNoneBefore) {
  const auto pass = [] {
    (void)arm_failpoint("chunk.synced@3");
    failpoint("chunk.synced");
    failpoint("chunk.written");
    failpoint("chunk.synced");
    std::fputs("two passes\n", stderr);
    failpoint("chunk.synced");
  };
  EXPECT_EXIT(pass(), testing::KilledBySignal(SIGKILL), "two passes\nfailpoint chunk.synced");
}

}  // namespace
}  // namespace stile
