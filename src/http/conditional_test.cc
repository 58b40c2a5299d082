#include "http/conditional.h"

#include <gtest/gtest.h>

namespace stile::http {
namespace {

TEST(MatchesEtag, FindsItInAListWeaklyOrAsAnything) {
  for (const char* header : {"\"a\"", "W/\"a\"", "\"b\", \"a\"", " \"b\" ,\tW/\"a\" ", "*"})
    EXPECT_TRUE(matches_etag(header, "\"a\"")) << header;
  for (const char* header : {"", "a", "\"b\"", "\"aa\"", "w/\"a\"", "\"A\"", ","})
    EXPECT_FALSE(matches_etag(header, "\"a\"")) << header;
}

}  // namespace
}  // namespace stile::http
