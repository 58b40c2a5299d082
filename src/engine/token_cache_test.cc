#include "engine/token_cache.h"

#include <gtest/gtest.h>

namespace stile::engine {
namespace {

catalog::Token named(std::string name) {
  catalog::Token token;
  token.token = std::move(name);
  token.max_uploads = 2;
  return token;
}

class TokenCaches : public testing::Test {
 protected:
  FakeClock clock;
  TokenCache cache{clock};
};

TEST_F(TokenCaches, KnowsATokenForAMoment) {
  EXPECT_FALSE(cache.find("a"));
  cache.keep(named("a"), cache.version());
  ASSERT_TRUE(cache.find("a"));
  EXPECT_EQ(cache.find("a")->max_uploads, 2);
  EXPECT_FALSE(cache.find("b"));
  clock.advance(TokenCache::kLifetime - Milliseconds(1));
  EXPECT_TRUE(cache.find("a"));
  clock.advance(Milliseconds(1));
  EXPECT_FALSE(cache.find("a"));
}

TEST_F(TokenCaches, DoesNotKeepWhatHasChangedWhileItWasRead) {
  const auto before = cache.version();
  cache.forget("a");
  cache.keep(named("a"), before);
  EXPECT_FALSE(cache.find("a"));
  const auto before_all = cache.version();
  cache.forget_all();
  cache.keep(named("a"), before_all);
  EXPECT_FALSE(cache.find("a"));
}

TEST_F(TokenCaches, ForgetsOneOrAll) {
  for (const char* name : {"a", "b", "c"}) cache.keep(named(name), cache.version());
  cache.forget("a");
  EXPECT_FALSE(cache.find("a"));
  EXPECT_TRUE(cache.find("b"));
  cache.forget_all();
  EXPECT_FALSE(cache.find("b"));
  EXPECT_FALSE(cache.find("c"));
}

TEST_F(TokenCaches, CountsUses) {
  cache.keep(named("a"), cache.version());
  cache.note_use(named("a"));
  cache.note_use(named("unknown"));
  EXPECT_EQ(cache.find("a")->used, 1);
}

TEST_F(TokenCaches, ForgetsATokenWhoseBytesAreBoundedWhenItIsUsed) {
  catalog::Token bounded = named("a");
  bounded.max_total_bytes = 1'000;
  cache.keep(bounded, cache.version());
  const auto before = cache.version();
  cache.note_use(bounded);
  EXPECT_FALSE(cache.find("a"));
  cache.keep(bounded, before);  // read before that use, perhaps
  EXPECT_FALSE(cache.find("a"));
}

TEST_F(TokenCaches, IsBounded) {
  for (std::size_t i = 0; i < TokenCache::kMost; ++i) cache.keep(named(std::to_string(i)), cache.version());
  cache.keep(named("one more"), cache.version());
  EXPECT_FALSE(cache.find("one more"));
  clock.advance(TokenCache::kLifetime);
  cache.keep(named("one more"), cache.version());
  EXPECT_TRUE(cache.find("one more"));
}

}  // namespace
}  // namespace stile::engine
