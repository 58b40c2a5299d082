#include "api/callback_policy.h"

#include <gtest/gtest.h>

#include "notify/callback_url.h"

namespace stile::api {
namespace {

struct Case {
  catalog::Token token;
  catalog::Finish finish;

  Case() {
    token.token = "T";
    token.return_url = "https://example.com/back?own=1#end";
    token.extras = {{"theme", "green"}, {"photo_id", "666"}};
    finish.photo.photo_id = 12;
    finish.photo.tree_id = 34;
    finish.photo.token = "K";
    finish.upload.changed_at = WallTime(Seconds(1'700'000'000));
    finish.upload.extras = {{"title", "a b&c"}, {"theme", "red"}};
  }
  void complete() {
    CallbackPolicy("d.example", [](const engine::FinalAnswer&, const std::string&) {}).complete(token, finish);
  }
};

TEST(CallbackPolicyTest, WithoutReturnUrlThereIsNothingToTell) {
  for (const bool background : {false, true}) {
    Case c;
    c.token.return_url.clear();
    c.token.background_return = background;
    c.complete();
    EXPECT_EQ(c.finish.upload.callback_url, "");
    EXPECT_TRUE(c.finish.events.empty());
  }
}

TEST(CallbackPolicyTest, TheBrowserGetsTheCompleteUrl) {
  Case c;
  c.complete();
  EXPECT_EQ(c.finish.upload.callback_url,
            "https://example.com/"
            "back?own=1&domain=d.example&upload_token=T&photo_id=12&tree_id=34&token=K&theme=red&title=a+b%26c#end");
  EXPECT_TRUE(c.finish.events.empty());
}

TEST(CallbackPolicyTest, AReplaceTokenIsCalledSo) {
  Case c;
  c.token.kind = catalog::TokenKind::replace;
  c.complete();
  EXPECT_TRUE(c.finish.upload.callback_url.contains("&replace_token=T&")) << c.finish.upload.callback_url;
  EXPECT_FALSE(c.finish.upload.callback_url.contains("upload_token"));
}

TEST(CallbackPolicyTest, ABackgroundCallbackIsARowOfTheSameTransaction) {
  Case c;
  c.token.background_return = true;
  c.complete();
  ASSERT_EQ(c.finish.events.size(), 1u);
  const catalog::Event& event = c.finish.events[0];
  EXPECT_EQ(event.url, c.finish.upload.callback_url);
  EXPECT_EQ(event.kind, "callback");
  EXPECT_EQ(event.photo_id, 12);
  EXPECT_EQ(event.state, catalog::EventState::waiting);
  EXPECT_EQ(event.next_attempt_at, c.finish.upload.changed_at);
}

TEST(CallbackPolicyTest, ABackgroundCallbackDropsExtrasAndNeverFacts) {
  Case c;
  c.token.background_return = true;
  c.finish.upload.extras.add("long", std::string(2000, 'x'));
  c.complete();
  EXPECT_LE(c.finish.upload.callback_url.size(), notify::kMaxRedirectUrl);
  EXPECT_TRUE(c.finish.upload.callback_url.contains("token=K"));
  EXPECT_FALSE(c.finish.upload.callback_url.contains("long="));
}

TEST(CallbackPolicyTest, IsRepeatable) {
  Case a, b;
  a.complete();
  b.complete();
  EXPECT_EQ(a.finish.upload.callback_url, b.finish.upload.callback_url);
}

}  // namespace
}  // namespace stile::api
