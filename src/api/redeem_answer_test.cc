#include "api/redeem_answer.h"

#include <gtest/gtest.h>

#include "api/testing.h"
#include "base/text.h"
#include "notify/callback_url.h"

namespace stile::api {
namespace {

using dialects::Dialect;

engine::FinalAnswer answer(std::string return_url, bool background) {
  engine::FinalAnswer made;
  made.token.token = "T";
  made.token.return_url = std::move(return_url);
  made.token.background_return = background;
  made.photo.photo_id = 12;
  made.photo.tree_id = 34;
  made.photo.token = "K";
  made.photo.content_type = "image/jpeg";
  notify::CallbackFacts facts;
  facts.return_url = made.token.return_url;
  facts.domain = "videos.example.com";
  facts.token = "T";
  facts.photo_id = 12;
  facts.tree_id = 34;
  facts.photo_token = "K";
  if (!made.token.return_url.empty()) made.upload.callback_url = notify::callback_url(facts);
  return made;
}

http::Reply finished(Generation generation, std::string return_url, bool background, bool json, Params params = {},
                     Dialect dialect = Dialect::form) {
  return finished_reply(test_call(generation, "/api/photo/redeem-upload-token", std::move(params)), test_site(),
                        answer(std::move(return_url), background), {json, dialect});
}

http::Reply refused(Generation generation, Errc code, const catalog::Token* token, AnswerWish wish,
                    const Params& extras = {}) {
  return refused_reply(test_call(generation, "/api/photo/redeem-upload-token", {}), test_site(),
                       Error{code, {}, "inner cause"}, token, extras, wish);
}

const std::string kBack = "https://example.com/back";
const std::string kCallback =
    "https://example.com/back?domain=videos.example.com&upload_token=T&photo_id=12&tree_id=34&token=K";

TEST(AcceptsJson, OnlyWhenItIsNamedAndWelcome) {
  for (const char* yes : {"application/json", "APPLICATION/JSON", "text/html, application/json;q=0.9",
                          " application/json ; q=1", "*/*;q=0,application/json"})
    EXPECT_TRUE(accepts_json(yes)) << yes;
  for (const char* no : {"", "*/*", "application/*", "text/html", "application/jsonp", "application/json;q=0",
                         "application/json; q=0.000", "x-application/json", ",;,", "*/*,application/json",
                         "application/json, text/javascript, */*; q=0.01", "application/json, text/plain, */*"})
    EXPECT_FALSE(accepts_json(no)) << no;
}

TEST(FinishedReply, ABrowserIsRedirectedInBothGenerationsAndDialects) {
  for (const Generation generation : {Generation::v1, Generation::v2}) {
    for (const Dialect dialect : {Dialect::form, Dialect::chunk}) {
      const auto reply = finished(generation, kBack, false, false, {}, dialect);
      EXPECT_EQ(reply.status, 301);
      EXPECT_EQ(header(reply, "Location"), kCallback);
      EXPECT_EQ(header(reply, "Cache-Control"), "no-store");
    }
  }
}

TEST(FinishedReply, AScriptIsToldWhereToGoInstead) {
  for (const Generation generation : {Generation::v1, Generation::v2}) {
    const auto reply = finished(generation, kBack, false, true);
    EXPECT_EQ(reply.status, 200);
    EXPECT_TRUE(header(reply, "Content-Type").starts_with("application/json"));
    EXPECT_TRUE(reply.body.contains("\"redirect_url\":\"https:")) << reply.body;
    EXPECT_TRUE(reply.body.contains("/34/12/K/original"));
    EXPECT_EQ(header(reply, "Cache-Control"), "no-store");
  }
}

TEST(FinishedReply, ABackgroundCallbackLeavesALineOfText) {
  const auto reply = finished(Generation::v1, kBack, true, false);
  EXPECT_EQ(reply.status, 200);
  EXPECT_TRUE(header(reply, "Content-Type").starts_with("text/plain"));
  EXPECT_EQ(reply.body, "ok videos.example.com 34 12 K " + kCallback);
  EXPECT_EQ(finished(Generation::v1, "", true, false).body, "ok videos.example.com 34 12 K");
}

TEST(FinishedReply, AScriptWithABackgroundCallbackIsNotSentAnywhere) {
  for (const Generation generation : {Generation::v1, Generation::v2}) {
    const auto reply = finished(generation, kBack, true, true);
    EXPECT_EQ(reply.status, 200);
    EXPECT_FALSE(reply.body.contains("redirect_url"));
    EXPECT_FALSE(reply.body.contains("example.com/back"));
  }
}

TEST(FinishedReply, WithoutReturnUrlV1SaysTheNumberAndV2TheEnvelope) {
  const auto v1 = finished(Generation::v1, "", false, false);
  EXPECT_EQ(v1.body, "12");
  EXPECT_TRUE(header(v1, "Content-Type").starts_with("text/plain"));
  const auto v2 = finished(Generation::v2, "", false, false);
  EXPECT_TRUE(header(v2, "Content-Type").starts_with("application/json"));
  EXPECT_TRUE(v2.body.contains("\"data\":{\"photo_id\":12,\"tree_id\":34,\"token\":\"K\"}")) << v2.body;
  EXPECT_GT(v2.body.find("\"photo_id\":12", v2.body.find("\"data\"") + 25), v2.body.find("\"data\""));
}

TEST(FinishedReply, WithoutReturnUrlAChosenFormatIsHonoured) {
  EXPECT_TRUE(finished(Generation::v1, "", false, false, {{"format", "xml"}}).body.contains("<photo_id>12</photo_id>"));
  EXPECT_TRUE(finished(Generation::v1, "", false, false, {{"format", "json"}}).body.starts_with("var visual = {"));
  EXPECT_TRUE(finished(Generation::v1, "", false, true, {{"format", "json"}, {"raw", "1"}}).body.starts_with("{"));
  EXPECT_EQ(finished(Generation::v1, "", false, false, {{"format", "yaml"}}).body, "12");  // no reason to lose the file
}

TEST(FinishedReply, IsNeverAStatusThatAChunkClientTakesForAFailure) {
  for (const Generation generation : {Generation::v1, Generation::v2})
    for (const std::string& url : {std::string(), kBack, kBack + "?" + std::string(2000, 'x')})
      for (const bool background : {false, true})
        for (const bool json : {false, true}) {
          const int status = finished(generation, url, background, json, {}, Dialect::chunk).status;
          EXPECT_TRUE(status == 200 || status == 301) << status;
        }
  EXPECT_EQ(chunk_stored_reply().status, 200);
}

TEST(FinishedReply, AUrlOf1499CharactersIsARedirectAndOneMoreAForm) {
  const std::size_t added = kCallback.size() - kBack.size() + 1;  // '?' becomes '&' behind a query, and "?" is ours
  const auto url_for = [&](std::size_t length) {
    return kBack + "?" + std::string(length - kBack.size() - added, 'x');
  };
  const auto shorter = finished(Generation::v1, url_for(1499), false, false);
  EXPECT_EQ(header(shorter, "Location").size(), 1499u);
  EXPECT_EQ(shorter.status, 301);
  const auto longer = finished(Generation::v1, url_for(1500), false, false);
  EXPECT_EQ(longer.status, 200);
  EXPECT_EQ(header(longer, "Location"), "(none)");
  EXPECT_TRUE(longer.body.contains("<form method=\"post\""));
}

TEST(PostPage, RunsExactlyTheScriptThatItsPolicyAllows) {
  const auto reply = post_page(kBack, {{"a", "b"}});
  const std::size_t begin = reply.body.find("<script>") + 8, end = reply.body.find("</script>");
  std::string digest;
  const std::string hex = sha256_hex(reply.body.substr(begin, end - begin));
  for (std::size_t i = 0; i < hex.size(); i += 2) digest += *percent_decode("%" + hex.substr(i, 2), Plus::is_plus);
  const std::string policy = header(reply, "Content-Security-Policy");
  EXPECT_TRUE(policy.contains("script-src 'sha256-" + base64_encode(as_bytes(digest)) + "'")) << policy;
  EXPECT_FALSE(policy.contains("unsafe"));
  EXPECT_EQ(reply.body.find("<script", begin), std::string::npos);
  EXPECT_EQ(header(reply, "Cache-Control"), "no-store");
}

TEST(PostPage, NothingThatAClientSentLeavesItsPlace) {
  const std::string hostile = "\"><script>alert(1)</script>'&\r\n";
  const auto reply = post_page("https://example.com/?a=\"><img src=x onerror=1>&b=<b>", {{hostile, hostile}});
  EXPECT_EQ(reply.body.find("<script>alert"), std::string::npos);
  EXPECT_EQ(reply.body.find("<img"), std::string::npos);
  EXPECT_EQ(reply.body.find("<b>"), std::string::npos);
  EXPECT_TRUE(reply.body.contains("name=\"&quot;&gt;&lt;script&gt;"));
}

TEST(PostPage, CarriesTheParametersInOrder) {
  const auto body = post_page(kBack, {{"photo_id", "1"}, {"x", "é"}, {"x", "2"}}).body;
  const std::size_t first = body.find("name=\"photo_id\" value=\"1\""), second = body.find("name=\"x\" value=\"é\"");
  const std::size_t third = body.find("name=\"x\" value=\"2\"");
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
  EXPECT_NE(third, std::string::npos);
}

TEST(RefusedReply, WithoutAKnownTokenThereAreOnlyPlainWords) {
  const auto v1 = refused(Generation::v1, Errc::token_expired, nullptr, {});
  EXPECT_EQ(v1.status, 403);
  EXPECT_EQ(v1.body, "The upload token has expired");
  EXPECT_TRUE(header(v1, "Content-Type").starts_with("text/plain"));
  const auto v2 = refused(Generation::v2, Errc::token_expired, nullptr, {});
  EXPECT_EQ(v2.status, 403);
  EXPECT_TRUE(v2.body.contains("\"status\":\"error\""));
}

TEST(RefusedReply, AKnownTokenLeadsBackWithTheWordsOnly) {
  auto token = answer(kBack, false).token;
  token.extras = {{"theme", "green"}};
  const auto reply = refused(Generation::v1, Errc::unsupported_type, &token, {}, {{"photo_id", "666"}, {"title", "t"}});
  EXPECT_EQ(reply.status, 301);
  EXPECT_EQ(header(reply, "Location"),
            "https://example.com/back?domain=videos.example.com&upload_token=T&"
            "error_message=This+type+of+file+is+not+accepted&theme=green&title=t");
}

TEST(RefusedReply, WithABackgroundCallbackItIsALine) {
  const auto token = answer(kBack, true).token;
  const auto reply = refused(Generation::v1, Errc::empty_file, &token, {});
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, "error The file is empty");
}

TEST(RefusedReply, TroubleOfOurOwnIsNeverARedirectNorA200) {
  for (const bool background : {false, true}) {
    const auto token = answer(kBack, background).token;
    for (const Errc code : {Errc::io_error, Errc::busy, Errc::disk_full, Errc::draining, Errc::poisoned})
      for (const Generation generation : {Generation::v1, Generation::v2})
        for (const bool json : {false, true})
          EXPECT_EQ(refused(generation, code, &token, {json, Dialect::form}).status, 503) << to_string(code);
  }
}

TEST(RefusedReply, AChunkIsAnsweredWithAStatusAlways) {
  const auto token = answer(kBack, false).token;
  for (int i = 0; i <= static_cast<int>(Errc::io_error); ++i) {
    const auto code = static_cast<Errc>(i);
    for (const Generation generation : {Generation::v1, Generation::v2})
      for (const bool json : {false, true}) {
        const auto reply = refused(generation, code, &token, {json, Dialect::chunk});
        EXPECT_TRUE(reply.status == 400 || reply.status == 500 || reply.status == 503) << to_string(code);
        EXPECT_EQ(header(reply, "Location"), "(none)");
        EXPECT_FALSE(reply.body.contains("inner cause"));
      }
  }
}

TEST(RefusedReply, AScriptHearsWhyInJsonWithTheRealStatus) {
  const auto token = answer(kBack, true).token;
  for (const Generation generation : {Generation::v1, Generation::v2}) {
    const auto reply = refused(generation, Errc::too_large, &token, {true, Dialect::form});
    EXPECT_EQ(reply.status, 413);
    EXPECT_TRUE(reply.body.contains("\"message\":\"The file is too large\"")) << reply.body;
  }
}

}  // namespace
}  // namespace stile::api
