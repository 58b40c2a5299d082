#include "api/account_pages.h"

#include <gtest/gtest.h>

#include "api/browser_rig.h"
#include "api/web_session.h"
#include "auth/credentials.h"
#include "auth/three_legged.h"

namespace stile::api {
namespace {

class AccountPagesTest : public testing::Test {
 protected:
  AccountPagesTest() {
    anna = add_person(rig, "anna", "correct horse");
    SeededRandom random(5);
    auto keys = auth::make_credentials(random, "Films & <b>more</b>", auth::Level::write, anna.user_id, now()).record;
    consumer_key = keys.consumer_key;
    CHECK(rig.parts.run(rig.parts.sql->add_credentials(std::move(keys))));
  }

  WallTime now() const { return rig.parts.clock.wall_now(); }
  std::string question(const std::string& callback = "https://app.example/back?x=1") {
    auto request = auth::make_request_token(rig.parts.random, consumer_key, callback, now(), Seconds{3600});
    CHECK(rig.parts.run(rig.parts.sql->add_request(request)));
    return request.token;
  }
  bool is_waiting(const std::string& token) { return rig.parts.run(rig.parts.sql->find_request(token))->has_value(); }
  WebAnswer log_in(Browser& with, const std::string& login = "anna", const std::string& password = "correct horse",
                   const std::string& oauth_token = "") {
    const WebAnswer page = with.get(login_target(oauth_token));
    return with.post(
        "/login",
        {{"key", page.hidden("key")}, {"oauth_token", oauth_token}, {"login", login}, {"password", password}});
  }
  WebAnswer decide(Browser& with, const std::string& token, const std::string& decision) {
    const WebAnswer page = with.get(login_target(token));
    return with.post("/oauth/authorize", {{"key", page.hidden("key")}, {"oauth_token", token}, {"decision", decision}});
  }

  GatewayRig rig;
  Browser browser{rig};
  catalog::User anna;
  std::string consumer_key;
};

TEST_F(AccountPagesTest, LoggingInLeadsToTheQuestionAndAllowingToTheCallback) {
  const std::string token = question();
  const WebAnswer form = browser.get("/oauth/authorize?oauth_token=" + token);
  EXPECT_EQ(form.status, 200);
  EXPECT_TRUE(form.says("type=\"password\""));
  EXPECT_TRUE(form.says("Films &amp; &lt;b&gt;more&lt;/b&gt;"));
  const WebAnswer in = log_in(browser, "ANNA@example.com", "correct horse", token);
  EXPECT_EQ(in.status, 303);
  EXPECT_EQ(in.header("Location"), "/oauth/authorize?oauth_token=" + token);
  const WebAnswer asked = browser.get(in.header("Location"));
  EXPECT_TRUE(asked.says("anna&#39;s name") || asked.says("anna's name") || asked.says("anna&apos;s name"));
  EXPECT_TRUE(asked.says("app.example"));
  EXPECT_TRUE(asked.says("upload files"));
  EXPECT_FALSE(asked.says("manage the users"));
  const WebAnswer sent = decide(browser, token, "allow");
  EXPECT_EQ(sent.status, 303);
  const std::string where = sent.header("Location");
  const std::string front = "https://app.example/back?x=1&oauth_verifier=";
  ASSERT_TRUE(where.starts_with(front)) << where;
  const std::string verifier = where.substr(front.size(), 20);
  std::string escaped = token;
  escaped.replace(escaped.find('-'), 1, "%2d");
  EXPECT_EQ(where, front + verifier + "&oauth_token=" + escaped);
  const auto request = rig.parts.run(rig.parts.sql->find_request(token)).value();
  EXPECT_EQ(request->user_id, anna.user_id);
  EXPECT_EQ(request->verifier_sha256, kept_of(verifier));
}

TEST_F(AccountPagesTest, DenyingSaysSoAndEndsTheQuestion) {
  const std::string token = question("https://app.example/back#here");
  log_in(browser);
  const WebAnswer sent = decide(browser, token, "deny");
  std::string escaped = token;
  escaped.replace(escaped.find('-'), 1, "%2d");
  EXPECT_EQ(sent.header("Location"), "https://app.example/back?denied=" + escaped + "#here");
  EXPECT_FALSE(is_waiting(token));
}

TEST_F(AccountPagesTest, OutOfBandTheCodeIsShown) {
  log_in(browser);
  const std::string token = question("oob");
  const WebAnswer shown = decide(browser, token, "allow");
  EXPECT_EQ(shown.status, 200);
  const auto request = rig.parts.run(rig.parts.sql->find_request(token)).value();
  const std::size_t at = shown.body.find("id=\"verifier\"");
  ASSERT_NE(at, std::string::npos);
  const std::size_t begin = shown.body.find('>', at) + 1;
  EXPECT_EQ(kept_of(shown.body.substr(begin, 20)), request->verifier_sha256);
  const std::string other = question("oob");
  const WebAnswer denied = decide(browser, other, "deny");
  EXPECT_EQ(denied.status, 200);
  EXPECT_TRUE(denied.says("was not let in"));
  EXPECT_TRUE(denied.says("&lt;b&gt;") && !denied.says("&amp;lt;"));
  EXPECT_FALSE(is_waiting(other));
}

TEST_F(AccountPagesTest, AQuestionThatIsNoneLeadsNowhere) {
  log_in(browser);
  const std::string answered = question();
  decide(browser, answered, "allow");
  const std::string old = question();
  const std::string revoked = question();
  for (const std::string& token : {std::string("unknown"), std::string(), std::string(200, 'x'), answered})
    EXPECT_EQ(browser.get("/oauth/authorize?oauth_token=" + token).status, 404) << token;
  CHECK(rig.parts.run(rig.parts.sql->revoke_credentials(consumer_key)));
  EXPECT_EQ(browser.get("/oauth/authorize?oauth_token=" + revoked).status, 404);
  rig.parts.clock.advance(Seconds{3600});
  EXPECT_EQ(browser.get("/oauth/authorize?oauth_token=" + old).status, 404);
}

TEST_F(AccountPagesTest, AFormWithoutItsKeyDecidesNothing) {
  const std::string token = question();
  log_in(browser);
  const std::string key = browser.get(login_target(token)).hidden("key");
  for (const std::string& shown : {std::string(), std::string("guess"), form_key("of another cookie")}) {
    const WebAnswer refused =
        browser.post("/oauth/authorize", {{"key", shown}, {"oauth_token", token}, {"decision", "allow"}});
    EXPECT_EQ(refused.status, 403);
  }
  EXPECT_EQ(browser.post("/oauth/authorize", {{"key", key}, {"oauth_token", token}, {"decision", "perhaps"}}).status,
            403);
  Browser stranger(rig);
  EXPECT_EQ(stranger.post("/oauth/authorize", {{"key", key}, {"oauth_token", token}, {"decision", "allow"}}).status,
            403);
  EXPECT_EQ(rig.parts.run(rig.parts.sql->find_request(token)).value()->user_id, 0);
}

TEST_F(AccountPagesTest, NobodyIsLoggedInByAFormOfAnotherSite) {
  const WebAnswer refused = browser.post("/login", {{"login", "anna"}, {"password", "correct horse"}});
  EXPECT_EQ(refused.status, 403);
  EXPECT_TRUE(browser.cookies.empty());
  const std::string key = browser.get("/login").hidden("key");
  Browser other(rig);
  other.get("/login");
  EXPECT_EQ(other.post("/login", {{"key", key}, {"login", "anna"}, {"password", "correct horse"}}).status, 403);
  EXPECT_FALSE(other.cookies.contains("stile_session"));
}

TEST_F(AccountPagesTest, AWrongPasswordAndAnUnknownNameLookTheSame) {
  const WebAnswer wrong = log_in(browser, "anna", "wrong horse");
  Browser other(rig);
  WebAnswer unknown = log_in(other, "otto", "wrong horse");
  EXPECT_EQ(wrong.status, 403);
  EXPECT_EQ(unknown.status, 403);
  EXPECT_TRUE(wrong.says("The user name or the password is wrong."));
  const auto plain = [](WebAnswer answer, const std::string& name) {
    const std::string key = answer.hidden("key");
    answer.body.replace(answer.body.find(key), key.size(), "KEY");
    answer.body.replace(answer.body.find(name), name.size(), "NAME");
    return answer.body;
  };
  EXPECT_EQ(plain(wrong, "anna"), plain(unknown, "otto"));
  EXPECT_FALSE(browser.cookies.contains("stile_session"));
}

TEST_F(AccountPagesTest, WhoHasNoPasswordCannotLogIn) {
  catalog::User keyless;
  keyless.username = "keyless";
  CHECK(rig.parts.run(rig.parts.sql->add_account(keyless)));
  for (const char* password : {"", "correct horse"}) EXPECT_EQ(log_in(browser, "keyless", password).status, 403);
}

TEST_F(AccountPagesTest, PasswordsAreGuessedSlowly) {
  for (int i = 0; i < 10; ++i) EXPECT_EQ(log_in(browser, "anna", "wrong").status, 403) << i;
  const WebAnswer often = log_in(browser);
  EXPECT_EQ(often.status, 429);
  EXPECT_EQ(often.header("Retry-After"), "900");
  EXPECT_TRUE(often.says("Wait 15 minutes"));
  rig.parts.clock.advance(Seconds{900});
  EXPECT_EQ(log_in(browser).status, 303);
}

TEST_F(AccountPagesTest, TheSessionCookieIsASecretThatIsNotKept) {
  const WebAnswer in = log_in(browser);
  EXPECT_EQ(in.header("Location"), "/login");
  const std::string cookie = browser.cookies.at("stile_session");
  EXPECT_EQ(cookie.size(), 64u);
  EXPECT_EQ(in.header("Set-Cookie"), "stile_session=" + cookie + "; Path=/; Max-Age=86400; HttpOnly; SameSite=Lax");
  EXPECT_FALSE(browser.cookies.contains("stile_form"));
  EXPECT_TRUE(rig.parts.run(rig.parts.sql->find_session(kept_of(cookie), now()))->has_value());
  EXPECT_FALSE(rig.parts.run(rig.parts.sql->find_session(cookie, now()))->has_value());
  EXPECT_TRUE(browser.get("/login").says("You are logged in"));
  rig.parts.clock.advance(Seconds{86400});
  EXPECT_FALSE(browser.get("/login").says("You are logged in"));
}

TEST_F(AccountPagesTest, LoggingInAgainEndsTheSessionOfBefore) {
  log_in(browser);
  const std::string before = browser.cookies.at("stile_session");
  Browser same(rig);
  const std::string key = same.get("/login").hidden("key");
  same.cookies["stile_session"] = before;
  same.post("/login", {{"key", key}, {"login", "anna"}, {"password", "correct horse"}});
  EXPECT_NE(same.cookies.at("stile_session"), before);
  EXPECT_FALSE(rig.parts.run(rig.parts.sql->find_session(kept_of(before), now()))->has_value());
}

TEST_F(AccountPagesTest, LoggingOutNeedsTheKeyAndEndsTheSession) {
  log_in(browser);
  const std::string cookie = browser.cookies.at("stile_session");
  EXPECT_EQ(browser.post("/logout", {}).status, 403);
  EXPECT_EQ(browser.get("/logout").status, 405);
  const std::string token = question();
  const WebAnswer out = browser.post("/logout", {{"key", browser.get("/login").hidden("key")}, {"oauth_token", token}});
  EXPECT_EQ(out.header("Location"), "/oauth/authorize?oauth_token=" + token);
  EXPECT_FALSE(browser.cookies.contains("stile_session"));
  EXPECT_FALSE(rig.parts.run(rig.parts.sql->find_session(kept_of(cookie), now()))->has_value());
}

TEST_F(AccountPagesTest, ADeletedUserIsLoggedOut) {
  log_in(browser);
  CHECK(rig.parts.run(rig.parts.sql->delete_user(anna.user_id)));
  EXPECT_FALSE(browser.get("/login").says("You are logged in"));
  EXPECT_EQ(decide(browser, question(), "allow").status, 403);
}

TEST_F(AccountPagesTest, NoPageCanBeFramedKeptOrScripted) {
  log_in(browser);
  for (const WebAnswer& page : {Browser(rig).get("/login"), browser.get("/login"),
                                browser.get(login_target(question())), browser.get("/oauth/authorize?oauth_token=x")}) {
    const std::string policy = page.header("Content-Security-Policy");
    EXPECT_NE(policy.find("frame-ancestors 'none'"), std::string::npos);
    EXPECT_NE(policy.find("default-src 'none'"), std::string::npos);
    EXPECT_EQ(policy.find("unsafe"), std::string::npos);
    EXPECT_EQ(page.header("X-Frame-Options"), "DENY");
    EXPECT_EQ(page.header("Cache-Control"), "no-store");
    EXPECT_FALSE(page.says("style=\""));
  }
  EXPECT_NE(browser.get(login_target(question())).header("Content-Security-Policy").find("form-action 'self' https:;"),
            std::string::npos);
  EXPECT_NE(browser.get(login_target(question("oob"))).header("Content-Security-Policy").find("form-action 'self';"),
            std::string::npos);
}

TEST(WebSession, ByHttpsTheCookieIsSecureAndNobodyElsesToSet) {
  http::Reply reply;
  set_cookie(reply, Cookie::session, std::string(64, 'a'), Seconds{60}, http::Scheme::https);
  EXPECT_EQ(header(reply, "Set-Cookie"),
            "__Host-stile_session=" + std::string(64, 'a') + "; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure");
  http::RequestHead head;
  head.headers.push_back({"Cookie", "stile_session=" + std::string(64, 'a')});
  EXPECT_TRUE(cookie_of(head, Cookie::session).has_value());
  EXPECT_FALSE(cookie_of(head, Cookie::form).has_value());
  head.scheme = http::Scheme::https;
  EXPECT_FALSE(cookie_of(head, Cookie::session).has_value());
  head.headers[0].value = "__Host-stile_session=" + std::string(64, 'a');
  EXPECT_TRUE(cookie_of(head, Cookie::session).has_value());
  head.headers[0].value = "__Host-stile_session=" + std::string(63, 'a') + "'";
  EXPECT_FALSE(cookie_of(head, Cookie::session).has_value());
}

}  // namespace
}  // namespace stile::api
