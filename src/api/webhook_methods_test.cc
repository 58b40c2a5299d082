#include "api/webhook_methods.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>

#include "api/testing.h"
#include "catalog/hooks.h"

namespace stile::api {
namespace {

using auth::Caller;
using auth::Level;
using testing::HasSubstr;

class WebhookMethods : public testing::Test {
 protected:
  WebhookMethods() {
    for (const char* key : {"app", "other"}) {
      catalog::Credentials credentials;
      credentials.consumer_key = key;
      CHECK(io::run_until_done(bench_.catalog().add_credentials(credentials)).has_value());
    }
  }
  http::Reply ask(const std::string& method, Params params, Level level = Level::write, std::string key = "app",
                  Generation generation = Generation::v2) {
    Call call =
        test_call(generation, "/api/webhook/" + method, std::move(params), Caller{.level = level, .user_id = 7});
    call.consumer_key = std::move(key);
    return bench_.reply(std::move(call));
  }
  boost::json::value data(const http::Reply& reply) {
    EXPECT_EQ(reply.status, 200) << reply.body;
    return boost::json::parse(reply.body).at("data");
  }
  static const std::string kUrl;
  ApiBench bench_;
};
const std::string WebhookMethods::kUrl = "https://a.example/in?x=1";

TEST_F(WebhookMethods, SubscribingShowsTheSecretOnce) {
  const auto first = data(ask("subscribe", {{"target_url", kUrl}, {"event", "video.uploaded"}}));
  EXPECT_EQ(first.at("webhook_id"), 1);
  EXPECT_EQ(first.at("signing_secret").as_string(), ApiBench::first_token().substr(0, 50));
  const auto again = data(ask("subscribe", {{"target_url", kUrl}, {"event", "video.uploaded"}}));
  EXPECT_EQ(again.at("webhook_id"), 1);
  EXPECT_TRUE(again.at("signing_secret").is_null());
  EXPECT_THAT(ask("list", {}).body, testing::Not(HasSubstr(std::string(first.at("signing_secret").as_string()))));
}

TEST_F(WebhookMethods, WhatIsNoEventOrNoUrlIsRefused) {
  for (const Params& params :
       {Params{{"event", "all"}}, Params{{"target_url", kUrl}}, Params{{"target_url", kUrl}, {"event", "pingback"}},
        Params{{"target_url", kUrl}, {"event", "video.exploded"}}, Params{{"target_url", "ftp://a/"}, {"event", "all"}},
        Params{{"target_url", "https://u:p@a/"}, {"event", "all"}}, Params{{"target_url", "/in"}, {"event", "all"}},
        Params{{"target_url", "https://a/\r\nX: y"}, {"event", "all"}},
        Params{{"target_url", "https://a/" + std::string(3'000, 'x')}, {"event", "all"}}}) {
    const http::Reply reply = ask("subscribe", params);
    EXPECT_EQ(reply.status, 400) << reply.body;
    EXPECT_THAT(reply.body, HasSubstr("invalid_input"));
    EXPECT_THAT(reply.body, testing::Not(HasSubstr("return_url")));
  }
  EXPECT_EQ(data(ask("list", {})).as_array().size(), 0u);
}

TEST_F(WebhookMethods, AWebhookBelongsToAnApplication) {
  EXPECT_EQ(ask("subscribe", {{"target_url", kUrl}, {"event", "all"}}, Level::write, "").status, 403);
  EXPECT_EQ(ask("subscribe", {{"target_url", kUrl}, {"event", "all"}}, Level::read).status, 403);
  EXPECT_EQ(ask("list", {}, Level::anonymous).status, 403);
  EXPECT_EQ(ask("unsubscribe", {{"webhook_id", "1"}}, Level::read).status, 403);
}

TEST_F(WebhookMethods, OthersAreSeenAndEndedByAdministratorsOnly) {
  data(ask("subscribe", {{"target_url", kUrl}, {"event", "all"}}, Level::write, "other"));
  EXPECT_EQ(data(ask("list", {})).as_array().size(), 0u);
  EXPECT_EQ(ask("unsubscribe", {{"webhook_id", "1"}}).status, 404);
  EXPECT_EQ(ask("unsubscribe", {{"target_url", kUrl}}).status, 404);
  const auto all = data(ask("list", {}, Level::admin));
  ASSERT_EQ(all.as_array().size(), 1u);
  EXPECT_EQ(all.at(0).at("consumer_key"), "other");
  EXPECT_EQ(data(ask("unsubscribe", {{"webhook_id", "1"}}, Level::admin)).as_object().size(), 0u);
  EXPECT_EQ(data(ask("list", {}, Level::admin)).as_array().size(), 0u);
}

TEST_F(WebhookMethods, AUrlEndsAllThatGoThere) {
  for (const char* event : {"video.uploaded", "video.deleted"})
    data(ask("subscribe", {{"target_url", "https://a.example/ü"}, {"event", event}}));
  data(ask("unsubscribe", {{"target_url", "https://a.example/ü"}}));
  EXPECT_EQ(data(ask("list", {})).as_array().size(), 0u);
  EXPECT_EQ(ask("unsubscribe", {}).status, 400);
}

TEST_F(WebhookMethods, OneMoreThanAllowedIsSaidInWords) {
  bench_.services.rules.max_webhooks = 1;
  data(ask("subscribe", {{"target_url", kUrl}, {"event", "all"}}));
  const http::Reply reply = ask("subscribe", {{"target_url", kUrl}, {"event", "video.deleted"}});
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.body, HasSubstr("creation_error"));
  EXPECT_THAT(reply.body, HasSubstr("1 webhooks already"));
}

TEST_F(WebhookMethods, TheEventsAreThoseThatPhotosAnnounce) {
  const auto listed = data(ask("events", {}, Level::anonymous, ""));
  std::vector<std::string> names;
  for (const auto& event : listed.as_array()) names.emplace_back(event.at("event").as_string());
  std::vector<std::string> expected;
  for (const auto news : catalog::kAllPhotoNews) expected.emplace_back(catalog::event_name(news));
  expected.emplace_back(catalog::kEveryEvent);
  EXPECT_EQ(names, expected);
  for (const auto& name : expected) {
    if (name == catalog::kEveryEvent) continue;
    EXPECT_EQ(data(ask("sample", {{"event", name}}, Level::anonymous, "")).at("event").as_string(), name);
  }
  EXPECT_EQ(ask("sample", {{"event", "all"}}, Level::anonymous).status, 400);
}

TEST_F(WebhookMethods, AreOfVersionTwo) {
  for (const char* method : {"events", "list", "sample", "subscribe", "unsubscribe"})
    EXPECT_THAT(ask(method, {}, Level::super, "app", Generation::v1).body, HasSubstr("no_such_object")) << method;
}

}  // namespace
}  // namespace stile::api
