#include "api/methods.h"

#include <gtest/gtest.h>

#include "api/testing.h"

namespace stile::api {
namespace {

using auth::Caller;
using auth::Level;

constexpr const char* kXmlHead = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
constexpr Caller kNobody{.level = Level::anonymous};

bool is_offered(const Method& method, Generation generation) {
  return method.offered != (generation == Generation::v1 ? Method::Offered::v2 : Method::Offered::v1);
}

TEST(Target, KnowsBothGenerations) {
  EXPECT_EQ(parse_target("/api/photo/list"), (Target{Generation::v1, "/api/photo/list"}));
  EXPECT_EQ(parse_target("/api/2/photo/list"), (Target{Generation::v2, "/api/photo/list"}));
  EXPECT_EQ(parse_target("/api/echo"), (Target{Generation::v1, "/api/echo"}));
  EXPECT_EQ(parse_target("/api/22/x"), (Target{Generation::v1, "/api/22/x"}));
  for (auto path : {"/", "/api", "/api/", "/api/2/", "/apix/y", "/x/api/y", ""})
    EXPECT_EQ(parse_target(path), std::nullopt) << path;
}

TEST(Methods, AreNamedOnceInOrderAndFound) {
  std::string_view before;
  for (const Method& method : methods()) {
    EXPECT_LT(before, method.name);
    before = method.name;
    EXPECT_NE(method.handler, nullptr);
    for (auto generation : {Generation::v1, Generation::v2})
      EXPECT_EQ(find_method("/api/" + std::string(method.name), generation),
                is_offered(method, generation) ? &method : nullptr);
  }
  EXPECT_EQ(find_method("photo/get-upload-token", Generation::v1), nullptr);
  EXPECT_EQ(find_method("/api/photo/get-upload-token/", Generation::v1), nullptr);
}

TEST(Methods, AnswerUnknownNamesWithAnEnvelope) {
  ApiBench bench;
  const auto v1 = bench.reply(test_call(Generation::v1, "/api/photo/nonsense", {}, kNobody));
  EXPECT_EQ(v1.status, 200);
  EXPECT_EQ(v1.body, std::string(kXmlHead) +
                         "<response status=\"error\" permission_level=\"anonymous\" code=\"no_such_object\" "
                         "message=\"There is no such method\"/>");
  const auto v2 = bench.reply(test_call(Generation::v2, "/api/photo/nonsense", {}, kNobody));
  EXPECT_EQ(v2.status, 404);
  EXPECT_EQ(v2.body, R"({"status":"error","message":"There is no such method","code":"no_such_object",)"
                     R"("permission_level":"anonymous"})");
}

TEST(Methods, RefuseCallersBelowTheirLevel) {
  ApiBench bench;
  for (const Method& method : methods()) {
    const std::string endpoint = "/api/" + std::string(method.name);
    for (auto level : {Level::none, Level::anonymous, Level::read, Level::write, Level::admin}) {
      if (level >= method.level) continue;
      const Caller caller{.level = level, .user_id = 7};
      const std::string text = "You don't have the necessary permissions to perform this action (required level: '" +
                               std::string(auth::level_name(method.level)) + "')";
      const auto v1 = bench.reply(test_call(Generation::v1, endpoint, {{"title", "x"}}, caller));
      EXPECT_EQ(v1.status, 200);
      if (is_offered(method, Generation::v1))
        EXPECT_EQ(v1.body, std::string(kXmlHead) + "<response status=\"error\" permission_level=\"" +
                             std::string(auth::level_name(level)) + "\" code=\"permission_denied\" message=\"" + text +
                             "\"/>");
      if (!is_offered(method, Generation::v2)) continue;
      const auto v2 = bench.reply(test_call(Generation::v2, endpoint, {{"title", "x"}}, caller));
      EXPECT_EQ(v2.status, 403);
      EXPECT_EQ(v2.body, R"({"status":"error","message":")" + text + R"(","code":"permission_denied",)" +
                             R"("permission_level":")" + std::string(auth::level_name(level)) + "\"}");
    }
  }
}

TEST(Methods, RefuseHostileCallbackNamesInAWrapperOfTheirOwn) {
  ApiBench bench;
  const auto v1 = bench.reply(
      test_call(Generation::v1, "/api/echo", {{"format", "json"}, {"callback", "alert(document.domain)//"}}, kNobody));
  EXPECT_EQ(v1.status, 200);
  EXPECT_EQ(v1.body, R"(var visual = {"status":"error","message":"callback must be a name of letters, digits and _ $ . [ ])"
                     R"(","code":"invalid_input","permission_level":"anonymous","endpoint":"/api/echo"})");
  const auto v2 = bench.reply(test_call(Generation::v2, "/api/echo", {{"callback", "</script>"}}, kNobody));
  EXPECT_EQ(v2.status, 400);
  EXPECT_EQ(v2.body.find("script"), std::string::npos);
  EXPECT_EQ(header(v2, "Content-Type"), "application/json; charset=utf-8");
}

TEST(Echo, MirrorsTheParameters) {
  ApiBench bench;
  const Params params{{"a", "1"}, {"b", "<x>"}, {"a", "2"}, {"oauth_nonce", "n"}, {"we ird", "&"}};
  EXPECT_EQ(bench.reply(test_call(Generation::v1, "/api/echo", params, kNobody)).body,
            std::string(kXmlHead) + "<response status=\"ok\" permission_level=\"anonymous\" cached=\"0\"><a>1</a>"
                                    "<b>&lt;x&gt;</b><field name=\"we ird\">&amp;</field></response>");
  EXPECT_EQ(bench.reply(test_call(Generation::v2, "/api/echo", params, kNobody)).body,
            R"({"status":"ok","permission_level":"anonymous","cached":false,"data":{"a":"1","b":"<x>","we ird":"&"}})");
}

TEST(Echo, NeedsNoLevelAtAll) {
  ApiBench bench;
  EXPECT_EQ(bench.reply(test_call(Generation::v2, "/api/echo", {}, Caller{.level = Level::none})).body,
            R"({"status":"ok","permission_level":"none","cached":false,"data":{}})");
}

}  // namespace
}  // namespace stile::api
