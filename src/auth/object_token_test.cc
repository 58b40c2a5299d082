#include "auth/object_token.h"

#include <gtest/gtest.h>

namespace stile::auth {
namespace {

const std::string kSecret = "0123456789abcdef0123456789abcdef";
const WallTime kNow{Seconds{1'700'000'000}};

TEST(ObjectToken, FitsItselfOnly) {
  EXPECT_TRUE(object_token_fits(kSecret, kSecret));
  for (const std::string& shown : {std::string(), kSecret.substr(1), kSecret + "0", std::string(32, '0')})
    EXPECT_FALSE(object_token_fits(shown, kSecret)) << shown;
  EXPECT_FALSE(object_token_fits("", "")) << "an object without a token is open to nobody";
}

TEST(TimeLimitedToken, ReproducesThePublishedVector) {
  EXPECT_EQ(time_limited_token("123abc", 97531, 1292438117), "5ea04282ea3c4a9beca6234606006b56e0cb923d-1292438117");
}

TEST(TimeLimitedToken, HoldsUntilItsSecondIsOver) {
  const std::string token = time_limited_token(kSecret, 7, 1'700'000'000);
  EXPECT_TRUE(photo_token_fits(token, kSecret, 7, kNow - Seconds{100}));
  EXPECT_TRUE(photo_token_fits(token, kSecret, 7, kNow + Milliseconds{999}));
  EXPECT_FALSE(photo_token_fits(token, kSecret, 7, kNow + Seconds{1}));
}

TEST(TimeLimitedToken, OpensItsOwnPhotoOnly) {
  const std::string token = time_limited_token(kSecret, 7, 1'800'000'000);
  EXPECT_TRUE(photo_token_fits(token, kSecret, 7, kNow));
  EXPECT_FALSE(photo_token_fits(token, kSecret, 8, kNow));
  EXPECT_FALSE(photo_token_fits(token, std::string(32, 'f'), 7, kNow));
  EXPECT_FALSE(photo_token_fits(time_limited_token("", 7, 1'800'000'000), "", 7, kNow));
}

TEST(TimeLimitedToken, CannotBeExtendedOrBent) {
  const std::string digest = time_limited_token(kSecret, 7, 1'600'000'000).substr(0, 40);
  const std::string good = time_limited_token(kSecret, 7, 1'800'000'000);
  for (const std::string& shown :
       {digest + "-1800000000", digest + "-", digest, std::string("-1800000000"), good + "0", good + "-1900000000",
        digest + "-99999999999999999999", good.substr(0, 41) + "01800000000", good.substr(0, 41) + " 1800000000"})
    EXPECT_FALSE(photo_token_fits(shown, kSecret, 7, kNow)) << shown;
}

TEST(PhotoToken, TheSecretItselfNeverEnds) {
  EXPECT_TRUE(photo_token_fits(kSecret, kSecret, 7, kNow + std::chrono::hours{1'000'000}));
}

}  // namespace
}  // namespace stile::auth
