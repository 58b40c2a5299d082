#include "catalog/logins.h"

#include <gtest/gtest.h>

#include "catalog/grants.h"
#include "catalog/test_records.h"
#include "catalog/testing.h"
#include "io/run.h"

namespace stile::catalog {
namespace {

using io::run_until_done;

class LoginsTest : public testing::Test {
 protected:
  LoginsTest() { user_id_ = run_until_done(catalog_->add_user("Anna", kNow))->user_id; }

  bool add(const std::string& id, std::int64_t user_id, Seconds after = Seconds{0}) {
    return run_until_done(catalog_->add_session({.id_sha256 = id,
                                                 .user_id = user_id,
                                                 .created_at = kNow + after,
                                                 .valid_until = kNow + after + Seconds{60}}))
        .has_value();
  }
  bool has(const std::string& id, Seconds after = Seconds{0}) {
    return run_until_done(catalog_->find_session(id, kNow + after))->has_value();
  }
  void add_token(const std::string& token, LoginKind kind, std::int64_t user_id) {
    CHECK(run_until_done(catalog_->add_login_token({.token_sha256 = token,
                                                    .kind = kind,
                                                    .user_id = user_id,
                                                    .return_url = "https://a.example/",
                                                    .created_at = kNow,
                                                    .valid_until = kNow + Seconds{60}}))
              .has_value());
  }
  std::optional<LoginToken> redeem(const std::string& token, LoginKind kind, Seconds after = Seconds{0}) {
    return run_until_done(catalog_->redeem_login_token(token, kind, kNow + after)).value();
  }

  TempCatalog catalog_;
  std::int64_t user_id_ = 0;
};

TEST_F(LoginsTest, ASessionLastsItsTime) {
  EXPECT_TRUE(add("s", user_id_));
  EXPECT_TRUE(has("s", Seconds{59}));
  EXPECT_FALSE(has("s", Seconds{60}));
  EXPECT_FALSE(has("x"));
  EXPECT_EQ(run_until_done(catalog_->find_user(user_id_)).value()->last_login_at, kNow);
  CHECK(run_until_done(catalog_->end_session("s")).has_value());
  EXPECT_FALSE(has("s"));
}

TEST_F(LoginsTest, AVisitorsSessionIsNobodysAndOneOfNobodyIsRefused) {
  EXPECT_TRUE(add("v", 0));
  EXPECT_TRUE(has("v"));
  EXPECT_FALSE(add("s", user_id_ + 1));
  EXPECT_FALSE(has("s"));
}

TEST_F(LoginsTest, TheNewestSessionsOfAUserStay) {
  for (int i = 0; i <= kMaxSessionsPerUser; ++i) ASSERT_TRUE(add("s" + std::to_string(i), user_id_, Seconds{i}));
  EXPECT_FALSE(has("s0"));
  EXPECT_TRUE(has("s1"));
}

TEST_F(LoginsTest, ALoginTokenIsGoodOnceForItsKindAndTime) {
  add_token("t", LoginKind::user, user_id_);
  EXPECT_FALSE(redeem("t", LoginKind::visitor).has_value());
  const auto token = redeem("t", LoginKind::user, Seconds{59});
  ASSERT_TRUE(token.has_value());
  EXPECT_EQ(token->user_id, user_id_);
  EXPECT_EQ(token->return_url, "https://a.example/");
  EXPECT_FALSE(redeem("t", LoginKind::user).has_value());
  add_token("late", LoginKind::visitor, 0);
  EXPECT_FALSE(redeem("late", LoginKind::visitor, Seconds{60}).has_value());
}

TEST_F(LoginsTest, EndingAllSessionsEndsTokensToo) {
  const auto other = run_until_done(catalog_->add_user("Bob", kNow))->user_id;
  EXPECT_TRUE(add("s", user_id_) && add("o", other));
  add_token("t", LoginKind::user, user_id_);
  CHECK(run_until_done(catalog_->end_sessions_of(user_id_)).has_value());
  EXPECT_FALSE(has("s"));
  EXPECT_TRUE(has("o"));
  EXPECT_FALSE(redeem("t", LoginKind::user).has_value());
}

TEST_F(LoginsTest, WhatHasExpiredIsForgotten) {
  EXPECT_TRUE(add("s", user_id_) && add("later", user_id_, Seconds{1}));
  add_token("t", LoginKind::user, user_id_);
  CHECK(run_until_done(catalog_->add_request({.token = "r",
                                              .secret = "s",
                                              .consumer_key = "1-a",
                                              .callback = "oob",
                                              .created_at = kNow,
                                              .valid_until = kNow + Seconds{60}}))
            .has_value());
  CHECK(run_until_done(catalog_->forget_expired_logins(kNow + Seconds{60}, 100)).has_value());
  EXPECT_FALSE(has("s"));  // at kNow, when it would still hold
  EXPECT_TRUE(has("later"));
  EXPECT_FALSE(redeem("t", LoginKind::user).has_value());
  EXPECT_FALSE(run_until_done(catalog_->find_request("r"))->has_value());
}

TEST_F(LoginsTest, ADeletedUserIsGoneFromEverywhere) {
  Credentials credentials{.name = "app",
                          .level = Level::write,
                          .user_id = user_id_,
                          .consumer_key = "1-a",
                          .consumer_secret = "s",
                          .access_token = "a",
                          .access_token_secret = "t",
                          .bearer_sha256 = "b",
                          .revoked = false,
                          .created_at = kNow};
  CHECK(run_until_done(catalog_->add_credentials(credentials)).has_value());
  EXPECT_TRUE(add("s", user_id_));
  add_token("t", LoginKind::user, user_id_);
  CHECK(run_until_done(catalog_->delete_user(user_id_)).has_value());
  EXPECT_EQ(run_until_done(catalog_->delete_user(user_id_)).error().code, Errc::not_found);
  EXPECT_FALSE(has("s"));
  EXPECT_FALSE(redeem("t", LoginKind::user).has_value());
  EXPECT_FALSE(run_until_done(catalog_->find_user(user_id_))->has_value());
  EXPECT_FALSE(run_until_done(catalog_->find_credentials_by_bearer("b"))->has_value());
  EXPECT_FALSE(run_until_done(catalog_->find_application("1-a", "a")).value()->user.has_value());
}

}  // namespace
}  // namespace stile::catalog
