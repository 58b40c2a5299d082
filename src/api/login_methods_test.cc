#include "api/login_methods.h"

#include <gtest/gtest.h>

#include "api/testing.h"
#include "api/web_session.h"

namespace stile::api {
namespace {

const auth::Caller kSuper{.level = auth::Level::super, .user_id = 1};
const auth::Caller kNobody{.level = auth::Level::none, .user_id = 0};

class LoginMethodsTest : public testing::Test {
 protected:
  LoginMethodsTest() { user_id = io::run_until_done(bench.catalog().add_user("Anna", kTestNow))->user_id; }

  http::Reply call(const std::string& method, Params params, auth::Caller caller = kSuper, Seconds later = Seconds{0},
                   Generation generation = Generation::v2) {
    Call made = test_call(generation, "/api/" + method, std::move(params), caller);
    made.now += later;
    return bench.reply(std::move(made));
  }
  std::string login_token(const std::string& return_url = "") {
    EXPECT_EQ(call("user/get-login-token", {{"user_id", std::to_string(user_id)}, {"return_url", return_url}}).status,
              200);
    return next_secret();
  }
  // The bench's randomness is known: the secret that the last call made.
  std::string next_secret() { return random_alphanumeric(mirror, 64); }

  ApiBench bench;
  SeededRandom mirror{ApiBench::kSeed};
  std::int64_t user_id = 0;
};

TEST_F(LoginMethodsTest, ALoginTokenSaysWhoseItIs) {
  const auto reply =
      call("user/get-login-token", {{"user_id", std::to_string(user_id)}, {"return_url", "https://a.example/b"}});
  EXPECT_EQ(reply.body,
            "{\"status\":\"ok\",\"message\":\"The login token is ready to use\",\"permission_level\":\"super\","
            "\"cached\":false,\"data\":{\"login_token\":\"" +
                next_secret() + "\",\"return_url\":\"https://a.example/b\",\"user_id\":" + std::to_string(user_id) +
                "}}");
}

TEST_F(LoginMethodsTest, ASessionTokenIsCalledAccessToken) {
  const auto reply = call("session/get-token", {{"return_url", "https://a.example/b"}, {"format", "json"}, {"raw", ""}},
                          kSuper, Seconds{0}, Generation::v1);
  EXPECT_NE(reply.body.find(
                "\"message\":\"The session token is ready to use\",\"permission_level\":\"super\",\"cached\":\"0\","
                "\"sessiontoken\":{\"access_token\":\"" +
                next_secret() + "\",\"return_url\":\"https:"),
            std::string::npos)
      << reply.body;
}

TEST_F(LoginMethodsTest, AreMadeBySuperOnlyAndForThoseWhoExist) {
  const auth::Caller admin{.level = auth::Level::admin, .user_id = 1};
  for (const char* method : {"user/get-login-token", "session/get-token"}) {
    EXPECT_EQ(call(method, {}, admin).status, 403) << method;
    for (const char* url : {"javascript:alert(1)", "//a.example", "https://a.example/\r\nX: y", "/local"})
      EXPECT_EQ(call(method, {{"return_url", url}}).status, 400) << method << url;
  }
  EXPECT_EQ(call("user/get-login-token", {{"user_id", "999"}}).status, 404);
}

TEST_F(LoginMethodsTest, RedeemingOpensASessionAndLeadsBack) {
  const std::string token = login_token("https://a.example/b?c#d");
  const auto reply =
      call("user/redeem-login-token", {{"login_token", token}, {"return_url", "https://evil.example/"}}, kNobody);
  EXPECT_EQ(reply.status, 302);
  EXPECT_EQ(header(reply, "Location"), "https://a.example/b?c#d");
  EXPECT_EQ(header(reply, "Cache-Control"), "no-store");
  const std::string cookie = header(reply, "Set-Cookie");
  ASSERT_TRUE(cookie.starts_with("stile_session=")) << cookie;
  const auto session =
      io::run_until_done(bench.services.logins.find_session(kept_of(cookie.substr(14, 64)), kTestNow)).value();
  ASSERT_TRUE(session.has_value());
  EXPECT_EQ(session->user_id, user_id);
  EXPECT_EQ(call("user/redeem-login-token", {{"login_token", token}}, kNobody).status, 403);
}

TEST_F(LoginMethodsTest, AVisitorsSessionIsNobodys) {
  EXPECT_EQ(call("session/get-token", {}).status, 200);
  const auto reply = call("session/redeem-token", {{"session_token", next_secret()}}, kNobody);
  EXPECT_EQ(reply.status, 200);
  const std::string cookie = header(reply, "Set-Cookie");
  const auto session =
      io::run_until_done(bench.services.logins.find_session(kept_of(cookie.substr(14, 64)), kTestNow)).value();
  ASSERT_TRUE(session.has_value());
  EXPECT_EQ(session->user_id, 0);
}

TEST_F(LoginMethodsTest, TokensAreOfOneKindAndLiveFor15Minutes) {
  std::string token = login_token();
  EXPECT_EQ(call("session/redeem-token", {{"session_token", token}}, kNobody).status, 403);
  EXPECT_EQ(call("user/redeem-login-token", {{"login_token", token}}, kNobody, Seconds{899}).status, 200);
}

TEST_F(LoginMethodsTest, TokensEndAfter15Minutes) {
  EXPECT_EQ(call("user/redeem-login-token", {{"login_token", login_token()}}, kNobody, Seconds{900}).status, 403);
}

TEST_F(LoginMethodsTest, AnErrorIsBareWordsInV1UnlessAFormatIsAskedFor) {
  const auto reply = call("session/redeem-token", {{"session_token", "x"}}, kNobody, Seconds{0}, Generation::v1);
  EXPECT_EQ(reply.status, 403);
  EXPECT_EQ(reply.body, "The session token is invalid");
  EXPECT_EQ(header(reply, "Content-Type"), "text/plain; charset=utf-8");
  const auto envelope =
      call("session/redeem-token", {{"session_token", "x"}, {"format", "xml"}}, kNobody, Seconds{0}, Generation::v1);
  EXPECT_EQ(envelope.status, 200);
  EXPECT_NE(envelope.body.find("code=\"permission_denied\""), std::string::npos);
  EXPECT_EQ(call("user/redeem-login-token", {}, kNobody).status, 403);
}

TEST_F(LoginMethodsTest, ByHttpsTheCookieIsSecure) {
  Call made = test_call(Generation::v1, "/api/user/redeem-login-token", {{"login_token", login_token()}}, kNobody);
  made.secure = true;
  EXPECT_TRUE(header(bench.reply(std::move(made)), "Set-Cookie").starts_with("__Host-stile_session="));
}

}  // namespace
}  // namespace stile::api
