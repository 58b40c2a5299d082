#include "auth/credentials.h"

#include <gtest/gtest.h>

#include <set>

#include "auth/bearer.h"

namespace stile::auth {
namespace {

constexpr std::uint64_t kSeed = 20261122;
const WallTime kNow{Seconds{1'700'000'000}};

TEST(Credentials, HaveTheDocumentedShapes) {
  SeededRandom random(kSeed);
  const auto made = make_credentials(random, "back end", Level::write, 12, kNow);
  EXPECT_EQ(made.record.name, "back end");
  EXPECT_EQ(made.record.level, Level::write);
  EXPECT_EQ(made.record.user_id, 12);
  EXPECT_EQ(made.record.created_at, kNow);
  EXPECT_FALSE(made.record.revoked);
  EXPECT_TRUE(key_shape(made.record.consumer_key)) << made.record.consumer_key;
  EXPECT_EQ(made.record.consumer_key.find('-'), 6u);
  EXPECT_TRUE(key_shape(made.record.access_token)) << made.record.access_token;
  EXPECT_TRUE(made.record.access_token.starts_with("12-"));
  EXPECT_EQ(made.record.consumer_secret.size(), 50u);
  EXPECT_EQ(made.record.access_token_secret.size(), 50u);
  EXPECT_TRUE(bearer_token_shape(made.bearer_token));
}

TEST(Credentials, KeepOnlyTheDigestOfTheBearerToken) {
  SeededRandom random(kSeed);
  const auto made = make_credentials(random, "x", Level::read, 1, kNow);
  EXPECT_EQ(made.record.bearer_sha256, bearer_digest(made.bearer_token));
  EXPECT_NE(made.record.bearer_sha256, made.bearer_token);
  EXPECT_EQ(bearer_caller(made.bearer_token, made.record).value(), (Caller{.level = Level::read, .user_id = 1}));
}

TEST(Credentials, AreAllDifferent) {
  SeededRandom random(kSeed);
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const auto made = make_credentials(random, "x", Level::read, 1, kNow);
    const auto& record = made.record;
    for (const auto& secret : {made.bearer_token, record.consumer_key, record.consumer_secret, record.access_token,
                               record.access_token_secret})
      EXPECT_TRUE(seen.insert(secret).second) << secret;
  }
}

TEST(KeyShape, RefusesOtherText) {
  const std::string tail(20, 'x');
  EXPECT_TRUE(key_shape("1-" + tail));
  for (const std::string& key : {std::string(), std::string("-"), "-" + tail, "1" + tail, "1-" + tail + "x", "a-" + tail,
                                 "1-" + std::string(19, 'x') + "-", std::string("undefined")})
    EXPECT_FALSE(key_shape(key)) << key;
}

}  // namespace
}  // namespace stile::auth
