#include "catalog/grants.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "catalog/test_records.h"
#include "catalog/testing.h"
#include "io/run.h"

namespace stile::catalog {
namespace {

using io::run_until_done;

class GrantsTest : public testing::Test {
 protected:
  GrantsTest() {
    user_id_ = run_until_done(catalog_->add_user("Anna", kNow))->user_id;
    for (const char* key : {"1-app", "2-other"}) {
      Credentials credentials{.name = key,
                              .level = Level::write,
                              .user_id = user_id_,
                              .consumer_key = key,
                              .consumer_secret = "s",
                              .access_token = "own",
                              .access_token_secret = "t",
                              .bearer_sha256 = key,
                              .revoked = false,
                              .created_at = kNow};
      CHECK(run_until_done(catalog_->add_credentials(credentials)).has_value());
    }
  }

  static RequestToken request(std::string token = "r", std::string consumer_key = "1-app") {
    return {.token = std::move(token),
            .secret = "rs",
            .consumer_key = std::move(consumer_key),
            .callback = "oob",
            .created_at = kNow,
            .valid_until = kNow + Seconds{60}};
  }
  static Grant grant(std::string token = "g", std::string consumer_key = "1-app") {
    return {.token = std::move(token),
            .secret = "gs",
            .consumer_key = std::move(consumer_key),
            .user_id = 0,
            .revoked = false,
            .created_at = kNow};
  }
  Errc add(RequestToken made) {
    const auto added = run_until_done(catalog_->add_request(std::move(made)));
    return added ? Errc::closed : added.error().code;  // closed: it went well
  }
  void approve(const std::string& token = "r") {
    CHECK(run_until_done(catalog_->approve_request(token, user_id_, sha256_hex("v"), kNow)).has_value());
  }
  Exchange exchange(const std::string& verifier = "v", Grant made = grant(), WallTime now = kNow,
                    const std::string& token = "r") {
    return run_until_done(catalog_->exchange_request(token, sha256_hex(verifier), std::move(made), now)).value();
  }
  std::optional<Application> application(const std::string& key, const std::string& token) {
    return run_until_done(catalog_->find_application(key, token)).value();
  }
  std::size_t grants() { return run_until_done(catalog_->list_grants())->size(); }

  TempCatalog catalog_;
  std::int64_t user_id_ = 0;
};

TEST_F(GrantsTest, ARequestBecomesAGrantOnceItIsApproved) {
  EXPECT_EQ(add(request()), Errc::closed);
  EXPECT_EQ(exchange(), Exchange::not_approved);
  approve();
  const auto found = run_until_done(catalog_->find_request("r")).value();
  EXPECT_EQ(found->user_id, user_id_);
  EXPECT_EQ(found->secret, "rs");
  EXPECT_EQ(exchange(), Exchange::granted);
  EXPECT_EQ(exchange(), Exchange::unknown);
  EXPECT_FALSE(run_until_done(catalog_->find_request("r"))->has_value());
  const auto known = application("1-app", "g");
  ASSERT_TRUE(known && known->grant && known->user);
  EXPECT_EQ(known->grant->secret, "gs");
  EXPECT_EQ(known->grant->user_id, user_id_);
  EXPECT_EQ(known->user->user_id, user_id_);
  EXPECT_EQ(known->credentials.level, Level::write);
}

TEST_F(GrantsTest, AGrantBelongsToItsApplication) {
  EXPECT_EQ(add(request()), Errc::closed);
  approve();
  EXPECT_EQ(exchange("v", grant("g", "2-other")), Exchange::unknown);
  EXPECT_EQ(exchange(), Exchange::granted);
  EXPECT_FALSE(application("2-other", "g")->grant.has_value());
  EXPECT_FALSE(application("1-app", "own")->grant.has_value());
  EXPECT_EQ(application("1-app", "")->user->user_id, user_id_);
  EXPECT_FALSE(application("9-nobody", "g").has_value());
}

TEST_F(GrantsTest, IsApprovedOnceAndByOneUser) {
  EXPECT_EQ(add(request()), Errc::closed);
  approve();
  for (const char* token : {"r", "unknown"}) {
    const auto again = run_until_done(catalog_->approve_request(token, user_id_ + 1, sha256_hex("w"), kNow));
    EXPECT_EQ(again.error().code, Errc::not_found);
  }
  EXPECT_EQ(exchange("w"), Exchange::wrong_verifier);
  EXPECT_EQ(exchange(), Exchange::granted);
}

TEST_F(GrantsTest, FiveWrongVerifiersEndIt) {
  EXPECT_EQ(add(request()), Errc::closed);
  approve();
  for (int i = 0; i < kVerifierTries; ++i) EXPECT_EQ(exchange("wrong"), Exchange::wrong_verifier) << i;
  EXPECT_EQ(exchange(), Exchange::unknown);
  EXPECT_EQ(grants(), 0u);
}

TEST_F(GrantsTest, EndsWithItsTime) {
  EXPECT_EQ(add(request()), Errc::closed);
  const WallTime late = kNow + Seconds{60};
  EXPECT_FALSE(run_until_done(catalog_->approve_request("r", user_id_, sha256_hex("v"), late)).has_value());
  approve();
  EXPECT_EQ(exchange("v", grant(), late), Exchange::expired);
  EXPECT_EQ(exchange("v", grant(), late - Milliseconds{1}), Exchange::granted);
}

TEST_F(GrantsTest, NothingIsGrantedByWhoIsGone) {
  EXPECT_EQ(add(request()), Errc::closed);
  approve();
  CHECK(run_until_done(catalog_->delete_user(user_id_)).has_value());
  EXPECT_EQ(exchange(), Exchange::nobody);
  EXPECT_EQ(grants(), 0u);
}

TEST_F(GrantsTest, NothingIsGrantedToRevokedKeys) {
  EXPECT_EQ(add(request()), Errc::closed);
  approve();
  CHECK(run_until_done(catalog_->revoke_credentials("1-app")).has_value());
  EXPECT_EQ(exchange(), Exchange::nobody);
  EXPECT_EQ(grants(), 0u);
}

TEST_F(GrantsTest, ADeniedRequestIsGone) {
  EXPECT_EQ(add(request()), Errc::closed);
  CHECK(run_until_done(catalog_->drop_request("r")).has_value());
  CHECK(run_until_done(catalog_->drop_request("r")).has_value());
  EXPECT_EQ(exchange(), Exchange::unknown);
}

TEST_F(GrantsTest, OpenRequestsOfAnApplicationAreBounded) {
  for (int i = 0; i < kMaxOpenRequests; ++i) ASSERT_EQ(add(request("r" + std::to_string(i))), Errc::closed);
  EXPECT_EQ(add(request("r0")), Errc::too_many_open);
  EXPECT_EQ(add(request("more")), Errc::too_many_open);
  EXPECT_EQ(add(request("more", "2-other")), Errc::closed);
  EXPECT_EQ(add(request("more", "2-other")), Errc::already_exists);
  RequestToken later = request("later");
  later.created_at = kNow + Seconds{60};
  later.valid_until = kNow + Seconds{120};
  EXPECT_EQ(add(later), Errc::closed);  // the others have expired
  EXPECT_FALSE(run_until_done(catalog_->find_request("r0"))->has_value());
}

TEST_F(GrantsTest, OfOneUserAndApplicationTheNewestGrantsStay) {
  for (int i = 0; i <= kMaxGrantsPerUser; ++i) {
    ASSERT_EQ(add(request()), Errc::closed);
    approve();
    Grant made = grant("g" + std::to_string(i));
    made.created_at = kNow + Seconds{i};
    ASSERT_EQ(exchange("v", made), Exchange::granted);
  }
  EXPECT_EQ(grants(), std::size_t(kMaxGrantsPerUser));
  EXPECT_FALSE(application("1-app", "g0")->grant.has_value());
  EXPECT_TRUE(application("1-app", "g1")->grant.has_value());
}

TEST_F(GrantsTest, AreRevokedOneByOne) {
  EXPECT_EQ(add(request()), Errc::closed);
  approve();
  EXPECT_EQ(exchange(), Exchange::granted);
  CHECK(run_until_done(catalog_->revoke_grant("g")).has_value());
  EXPECT_TRUE(application("1-app", "g")->grant->revoked);
  EXPECT_EQ(run_until_done(catalog_->revoke_grant("x")).error().code, Errc::not_found);
}

}  // namespace
}  // namespace stile::catalog
