#include "auth/three_legged.h"

#include <gtest/gtest.h>

#include "auth/credentials.h"

namespace stile::auth {
namespace {

constexpr WallTime kNow{Seconds{1'700'000'000}};

TEST(ThreeLegged, TokensHaveTheShapeOfKeys) {
  SeededRandom random(7);
  const auto request = make_request_token(random, "1-c", "oob", kNow, Seconds(60));
  EXPECT_TRUE(key_shape(request.token)) << request.token;
  EXPECT_EQ(request.secret.size(), 50u);
  EXPECT_EQ(request.consumer_key, "1-c");
  EXPECT_EQ(request.valid_until, kNow + Seconds(60));
  EXPECT_EQ(request.user_id, 0);
  const auto grant = make_grant(random, "1-c", 12, kNow);
  EXPECT_TRUE(key_shape(grant.token)) << grant.token;
  EXPECT_TRUE(grant.token.starts_with("12-"));
  EXPECT_EQ(grant.secret.size(), 50u);
  EXPECT_NE(grant.secret, request.secret);
  EXPECT_EQ(make_verifier(random).size(), 20u);
}

TEST(ThreeLegged, AnApplicationMayWhatItWasMadeForAndNoMoreThanItsUser) {
  catalog::User user;
  EXPECT_EQ(granted_level(Level::read, user), Level::read);
  EXPECT_EQ(granted_level(Level::write, user), Level::write);
  EXPECT_EQ(granted_level(Level::admin, user), Level::write);
  EXPECT_EQ(granted_level(Level::super, user), Level::write);
  user.site_admin = true;
  EXPECT_EQ(granted_level(Level::read, user), Level::read);
  EXPECT_EQ(granted_level(Level::admin, user), Level::admin);
  EXPECT_EQ(granted_level(Level::super, user), Level::admin);
}

TEST(ThreeLegged, TheCallbackKeepsItsOwnQueryFirstAndItsFragmentLast) {
  const Params added{{"oauth_verifier", "z3pj"}, {"oauth_token", "12-8vr9"}};
  EXPECT_EQ(callback_with("http://my.example.com/callback", added),
            "http://my.example.com/callback?oauth_verifier=z3pj&oauth_token=12%2d8vr9");
  EXPECT_EQ(callback_with("http://a.example/?x=1-2&y", added),
            "http://a.example/?x=1-2&y&oauth_verifier=z3pj&oauth_token=12%2d8vr9");
  EXPECT_EQ(callback_with("http://a.example?", added), "http://a.example?oauth_verifier=z3pj&oauth_token=12%2d8vr9");
  EXPECT_EQ(callback_with("http://a.example/?x&", added),
            "http://a.example/?x&oauth_verifier=z3pj&oauth_token=12%2d8vr9");
  EXPECT_EQ(callback_with("http://a.example/#top?x", added),
            "http://a.example/?oauth_verifier=z3pj&oauth_token=12%2d8vr9#top?x");
  EXPECT_EQ(callback_with("http://a.example/", {{"denied", "\r\n&=ü~"}}),
            "http://a.example/?denied=%0d%0a%26%3d%c3%bc%7e");
}

}  // namespace
}  // namespace stile::auth
