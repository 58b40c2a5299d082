#include "engine/range_claims.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

namespace stile::engine {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(RangeClaims, AttemptsOnDifferentRangesWriteAtOnce) {
  RangeClaims claims;
  const auto a = claims.enter({0, 10}), b = claims.enter({10, 20});
  EXPECT_TRUE(claims.try_write(b));
  EXPECT_TRUE(claims.try_write(a));
  EXPECT_EQ(claims.writers(), 2u);
}

TEST(RangeClaims, OnlyOneOfOverlappingAttemptsWrites_I3) {
  RangeClaims claims;
  const auto older = claims.enter({0, 10});
  EXPECT_TRUE(claims.try_write(older));
  const auto newer = claims.enter({9, 12});
  EXPECT_FALSE(claims.try_write(newer));
  claims.leave(older);
  EXPECT_TRUE(claims.try_write(newer));
}

TEST(RangeClaims, ANewerAttemptAsksTheOlderWriterOnceToLetGo) {
  RangeClaims claims;
  const auto older = claims.enter({0, 10});
  ASSERT_TRUE(claims.try_write(older));
  EXPECT_FALSE(claims.must_let_go(older));
  const auto newer = claims.enter({0, 10});
  EXPECT_THAT(claims.take_over(newer), ElementsAre(older));
  EXPECT_TRUE(claims.must_let_go(older));
  EXPECT_THAT(claims.take_over(newer), IsEmpty());
}

TEST(RangeClaims, AnOlderAttemptNeverDisturbsANewerOne) {
  RangeClaims claims;
  const auto older = claims.enter({0, 10}), newer = claims.enter({0, 10});
  EXPECT_FALSE(claims.try_write(older));  // the newer one waits
  ASSERT_TRUE(claims.try_write(newer));
  EXPECT_THAT(claims.take_over(older), IsEmpty());
  EXPECT_FALSE(claims.must_let_go(newer));
  claims.leave(newer);
  EXPECT_TRUE(claims.try_write(older));
}

TEST(RangeClaims, AWriterElsewhereIsNotAsked) {
  RangeClaims claims;
  const auto elsewhere = claims.enter({10, 20});
  ASSERT_TRUE(claims.try_write(elsewhere));
  EXPECT_THAT(claims.take_over(claims.enter({0, 10})), IsEmpty());
}

TEST(RangeClaims, KnowsWhoIsAtARange) {
  RangeClaims claims;
  EXPECT_TRUE(claims.empty());
  const auto waiting = claims.enter({5, 10});
  EXPECT_TRUE(claims.anyone_at({0, 6}));
  EXPECT_FALSE(claims.anyone_at({0, 5}));
  claims.leave(waiting);
  EXPECT_TRUE(claims.empty());
}

// Whatever comes in whatever order: writers never overlap, and as long as somebody is there, somebody can go on.
TEST(RangeClaims, WritersNeverOverlapAndNobodyWaitsForEver_I3) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    RangeClaims claims;
    std::map<RangeClaims::AttemptId, ByteRange> present;
    std::set<RangeClaims::AttemptId> writing;
    for (int step = 0; step < 60; ++step) {
      if (random() % 2 == 0 || present.empty()) {
        const std::uint64_t begin = random() % 20;
        const ByteRange range{begin, begin + 1 + random() % 10};
        const auto id = claims.enter(range);
        present.emplace(id, range);
        for (const auto asked : claims.take_over(id)) ASSERT_LT(asked, id);
      } else {
        auto leaver = present.begin();
        std::advance(leaver, static_cast<long>(random() % present.size()));
        claims.leave(leaver->first);
        writing.erase(leaver->first);
        present.erase(leaver);
      }
      for (const auto& [id, range] : present)
        if (!writing.contains(id) && claims.try_write(id)) writing.insert(id);
      ASSERT_EQ(claims.writers(), writing.size());
      ASSERT_EQ(writing.empty(), present.empty());
      for (const auto a : writing)
        for (const auto b : writing) ASSERT_TRUE(a == b || !present[a].overlaps(present[b]));
    }
  }
}

}  // namespace
}  // namespace stile::engine
