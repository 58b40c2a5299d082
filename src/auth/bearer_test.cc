#include "auth/bearer.h"

#include <gtest/gtest.h>

namespace stile::auth {
namespace {

const std::string kToken(64, 'a');

Errc header_error(std::string value) {
  const auto result = bearer_from_header(value);
  EXPECT_FALSE(result) << value;
  return result ? Errc::io_error : result.error().code;
}

TEST(BearerShape, IsSixtyFourAlphanumerics) {
  EXPECT_TRUE(bearer_token_shape(kToken));
  EXPECT_FALSE(bearer_token_shape(""));
  EXPECT_FALSE(bearer_token_shape(std::string(63, 'a')));
  EXPECT_FALSE(bearer_token_shape(std::string(65, 'a')));
  EXPECT_FALSE(bearer_token_shape(std::string(63, 'a') + "-"));
  EXPECT_FALSE(bearer_token_shape(std::string(62, 'a') + "\xc3\xa9"));
  EXPECT_FALSE(bearer_token_shape(std::string(63, 'a') + '\0'));
}

TEST(BearerHeader, FindsTheToken) {
  for (auto scheme : {"Bearer ", "bearer ", "BEARER "}) {
    const std::string value = scheme + kToken;
    const auto result = bearer_from_header(value);
    ASSERT_TRUE(result);
    EXPECT_EQ(*result, kToken);
  }
}

TEST(BearerHeader, LeavesOtherSchemesAlone) {
  EXPECT_EQ(bearer_from_header(std::nullopt).value(), std::nullopt);
  for (auto value : {"", "OAuth realm=\"\", oauth_consumer_key=\"x\"", "Basic Zm9v", "Bearertoken abc", " Bearer x"})
    EXPECT_EQ(bearer_from_header(value).value(), std::nullopt) << value;
}

TEST(BearerHeader, RefusesMalformedTokens) {
  for (const std::string& value : {std::string("Bearer"), std::string("Bearer "), "Bearer  " + kToken,
                                   "Bearer " + kToken + " ", "Bearer " + kToken + ",x", "Bearer " + kToken + "a",
                                   std::string("Bearer short"), "Bearer " + std::string(64, '\'')})
    EXPECT_EQ(header_error(value), Errc::unauthenticated) << value;
  // A tab is not the separator, so this is some other, unknown scheme.
  EXPECT_EQ(bearer_from_header("Bearer\t" + kToken).value(), std::nullopt);
}

TEST(BearerCaller, IsTheOwnerOfTheCredentials) {
  catalog::Credentials credentials;
  credentials.level = Level::admin;
  credentials.user_id = 12;
  credentials.bearer_sha256 = bearer_digest(kToken);
  EXPECT_EQ(bearer_caller(kToken, credentials).value(), (Caller{.level = Level::admin, .user_id = 12}));
}

TEST(BearerCaller, RefusesUnknownRevokedAndForeignTokensAlike) {
  catalog::Credentials credentials;
  credentials.bearer_sha256 = bearer_digest(kToken);
  const auto unknown = bearer_caller(kToken, std::nullopt);
  const auto foreign = bearer_caller(std::string(64, 'b'), credentials);
  credentials.revoked = true;
  const auto revoked = bearer_caller(kToken, credentials);
  for (const auto& result : {unknown, foreign, revoked}) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Errc::unauthenticated);
    EXPECT_EQ(result.error().message, "The request could not be authenticated.");
  }
}

TEST(BearerCaller, NeverMatchesCredentialsWithoutABearerToken) {
  EXPECT_FALSE(bearer_caller("", catalog::Credentials{}));
}

}  // namespace
}  // namespace stile::auth
