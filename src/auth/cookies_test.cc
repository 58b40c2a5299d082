#include "auth/cookies.h"

#include <gtest/gtest.h>

namespace stile::auth {
namespace {

TEST(Cookies, AreFoundByTheirWholeName) {
  EXPECT_EQ(cookie_value("a=1; stile=x; b=2", "stile"), "x");
  EXPECT_EQ(cookie_value("stile=x", "stile"), "x");
  EXPECT_EQ(cookie_value("stile=", "stile"), "");
  EXPECT_EQ(cookie_value("stile=a=b", "stile"), "a=b");
  for (const char* header : {"", "xstile=1", "stile2=1", "STILE=1", "stile", "a=stile=1"})
    EXPECT_EQ(cookie_value(header, "stile"), std::nullopt) << header;
}

TEST(Cookies, ATwinIsNoCookie) { EXPECT_EQ(cookie_value("stile=x; stile=y", "stile"), std::nullopt); }

TEST(Cookies, AreNothingForScriptsAndOtherSites) {
  EXPECT_EQ(set_cookie("stile", "abc", Seconds(3600), CookieScope::http),
            "stile=abc; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax");
  EXPECT_EQ(set_cookie("stile", "", Milliseconds(0), CookieScope::https),
            "stile=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure");
}

}  // namespace
}  // namespace stile::auth
