#include "api/oauth_endpoints.h"

#include <gtest/gtest.h>

#include "api/browser_rig.h"
#include "api/signing.h"
#include "api/web_session.h"
#include "auth/credentials.h"

namespace stile::api {
namespace {

const std::string kRequest = "/oauth/request_token";
const std::string kAccess = "/oauth/access_token";

class OAuthEndpointsTest : public testing::Test {
 protected:
  OAuthEndpointsTest() {
    user = add_person(rig, "anna", "correct horse");
    signer.keys = add_application("films", auth::Level::admin);
    signer.with_token = false;
  }

  catalog::Credentials add_application(const std::string& name, auth::Level level) {
    SeededRandom random(name.size());
    auto record = auth::make_credentials(random, name, level, user.user_id, rig.parts.clock.wall_now()).record;
    CHECK(rig.parts.run(rig.parts.sql->add_credentials(record)));
    return record;
  }
  WebAnswer get(const std::string& path, const Params& oauth, const std::string& query = "") {
    return read_answer(rig.talk("GET " + path + (query.empty() ? "" : "?" + query) + " HTTP/1.1\r\nHost: h\r\n" +
                                (oauth.empty() ? "" : "Authorization: " + Signer::header(oauth) + "\r\n") + "\r\n"));
  }
  // Step 1.
  WebAnswer ask(const std::string& callback = "https://app.example/back?x=1") {
    const Params params{{"oauth_callback", callback}};
    Params oauth = signer.sign("GET", kRequest, params);
    oauth.add("oauth_callback", callback);
    return get(kRequest, oauth);
  }
  // A request token with which step 3 signs from now on, approved by Anna.
  std::string approved() {
    const Params made = ask().form();
    const std::string token(made.get_or("oauth_token", ""));
    use(token, std::string(made.get_or("oauth_token_secret", "")));
    CHECK(rig.parts.run(
        rig.parts.sql->approve_request(token, user.user_id, kept_of("the verifier"), rig.parts.clock.wall_now())));
    return token;
  }
  void use(const std::string& token, const std::string& secret) {
    signer.with_token = true;
    signer.keys.access_token = token;
    signer.keys.access_token_secret = secret;
  }
  // Step 3.
  WebAnswer exchange(const std::string& verifier = "the verifier") {
    Params oauth = signer.sign("GET", kAccess, {{"oauth_verifier", verifier}});
    oauth.add("oauth_verifier", verifier);
    return get(kAccess, oauth);
  }
  static std::string error(const WebAnswer& answer) {
    EXPECT_EQ(answer.status, 401);
    EXPECT_EQ(answer.header("Content-Type"), "application/x-www-form-urlencoded");
    EXPECT_EQ(answer.form().size(), 1u);
    return std::string(answer.form().get_or("error", "(none)"));
  }

  GatewayRig rig;
  Signer signer;
  catalog::User user;
};

TEST_F(OAuthEndpointsTest, TheWholeDance) {
  const WebAnswer asked = ask();
  EXPECT_EQ(asked.status, 200);
  EXPECT_EQ(asked.header("Content-Type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(asked.header("Cache-Control"), "no-store");
  const Params made = asked.form();
  ASSERT_EQ(made.size(), 3u);
  EXPECT_TRUE(auth::key_shape(made.get_or("oauth_token", "")));
  EXPECT_EQ(made.get_or("oauth_token_secret", "").size(), 50u);
  EXPECT_EQ(made.get_or("oauth_callback_confirmed", ""), "true");

  const std::string token = approved();
  const WebAnswer answer = exchange();
  EXPECT_EQ(answer.status, 200) << answer.body;
  const Params access = answer.form();
  EXPECT_NE(access.get_or("oauth_token", ""), token);
  const Params rest(access);
  EXPECT_EQ(access.get_or("domain", ""), "videos.example.com");
  EXPECT_EQ(access.get_or("user_id", ""), std::to_string(user.user_id));
  EXPECT_EQ(access.get_or("user_name", ""), "anna's name");
  EXPECT_EQ(access.get_or("user_email", ""), "anna@example.com");
  EXPECT_EQ(access.get_or("site_id", ""), "12");
  EXPECT_EQ(access.get_or("site_name", ""), "Example");
  EXPECT_EQ(access.get_or("url", ""), "https://videos.example.com");

  use(std::string(access.get_or("oauth_token", "")), std::string(access.get_or("oauth_token_secret", "")));
  const std::string echo = "/api/2/echo";
  EXPECT_TRUE(get(echo, signer.sign("GET", echo, {})).says("\"permission_level\":\"write\""));  // admin, of a user
}

TEST_F(OAuthEndpointsTest, ParametersMayStandInTheQueryAndInTheBody) {
  Params oauth = signer.sign("GET", kRequest, {{"oauth_callback", "oob"}});
  oauth.add("oauth_callback", "oob");
  EXPECT_EQ(get(kRequest, {}, to_form(oauth)).status, 200);
  Browser client(rig);
  oauth = signer.sign("POST", kRequest, {{"oauth_callback", "oob"}});
  oauth.add("oauth_callback", "oob");
  EXPECT_EQ(client.post(kRequest, oauth).status, 200);
  // Of a POST the query counts too.
  oauth = signer.sign("POST", kRequest, {{"oauth_callback", "https://app.example/q"}});
  EXPECT_EQ(client.post(kRequest + "?oauth_callback=https%3A%2F%2Fapp.example%2Fq", oauth).status, 200);
  const auto rows = rig.parts.run(rig.parts.sql->list_grants());
  EXPECT_TRUE(rows->empty());
}

TEST_F(OAuthEndpointsTest, WithoutACallbackItIsOutOfBand) {
  const Params made = get(kRequest, signer.sign("GET", kRequest, {})).form();
  const auto request = rig.parts.run(rig.parts.sql->find_request(std::string(made.get_or("oauth_token", ""))));
  ASSERT_TRUE(request->has_value());
  EXPECT_EQ((*request)->callback, "oob");
  EXPECT_EQ((*request)->valid_until, rig.parts.clock.wall_now() + Seconds{3600});
}

TEST_F(OAuthEndpointsTest, ACallbackIsAnHttpUrlOrNothing) {
  for (const char* callback :
       {"javascript:alert(1)", "data:text/html,x", "app.example", "//app.example/", "file:///etc/passwd",
        "https://app.example/\r\nX: y", "https://user@app.example/", "OOB", "myapp://back"})
    EXPECT_EQ(error(ask(callback)), "oauth_callback must be an http or https URL, or oob") << callback;
}

TEST_F(OAuthEndpointsTest, WhoDoesNotSignGetsNothing) {
  EXPECT_EQ(error(get(kRequest, {})), "The request is not signed");
  EXPECT_EQ(error(get(kAccess, {})), "The request is not signed");
  signer.keys.consumer_secret += "x";
  EXPECT_EQ(error(ask()), "The API signature is invalid.");
  signer.keys.consumer_key = "1-nobody";
  EXPECT_EQ(error(ask()), "The API signature is invalid.");
}

TEST_F(OAuthEndpointsTest, RevokedKeysGetNothing) {
  CHECK(rig.parts.run(rig.parts.sql->revoke_credentials(signer.keys.consumer_key)));
  EXPECT_EQ(error(ask()), "The API signature is invalid.");
}

TEST_F(OAuthEndpointsTest, ARequestCountsOnce) {
  const Params oauth = signer.sign("GET", kRequest, {});
  EXPECT_EQ(get(kRequest, oauth).status, 200);
  EXPECT_EQ(error(get(kRequest, oauth)), "The API signature is invalid.");
}

TEST_F(OAuthEndpointsTest, OtherMethodsAreNotUnderstood) {
  for (const char* method : {"HEAD", "PUT", "DELETE"}) {
    const auto answer = read_answer(rig.talk(std::string(method) + " " + kRequest + " HTTP/1.1\r\nHost: h\r\n\r\n"));
    EXPECT_EQ(answer.status, 405) << method;
    EXPECT_EQ(answer.header("Allow"), "GET, POST, OPTIONS");
  }
}

TEST_F(OAuthEndpointsTest, AVerifierIsNeededAndHasFiveTries) {
  approved();
  EXPECT_EQ(error(get(kAccess, signer.sign("GET", kAccess, {}))), "The verifier is wrong");
  for (int i = 0; i < 4; ++i) EXPECT_EQ(error(exchange("guess")), "The verifier is wrong");
  EXPECT_EQ(error(exchange()), "The request token is invalid or was used already");
}

TEST_F(OAuthEndpointsTest, ARequestTokenIsExchangedOnce) {
  approved();
  EXPECT_EQ(exchange().status, 200);
  EXPECT_EQ(error(exchange()), "The request token is invalid or was used already");
}

TEST_F(OAuthEndpointsTest, NobodyHasApprovedYet) {
  const Params made = ask().form();
  use(std::string(made.get_or("oauth_token", "")), std::string(made.get_or("oauth_token_secret", "")));
  EXPECT_EQ(error(exchange()), "The request token was not approved");
  signer.keys.access_token_secret = "guessed";
  EXPECT_EQ(error(exchange()), "The API signature is invalid.");
}

TEST_F(OAuthEndpointsTest, ARequestTokenExpires) {
  approved();
  rig.parts.clock.advance(Seconds{3600});
  signer.timestamp += 3600;
  EXPECT_EQ(error(exchange()), "The request token has expired");
}

TEST_F(OAuthEndpointsTest, ARequestTokenBelongsToItsApplication) {
  approved();
  const auto mine = signer.keys;
  const auto other = add_application("another", auth::Level::write);
  signer.keys.consumer_key = other.consumer_key;
  signer.keys.consumer_secret = other.consumer_secret;
  EXPECT_EQ(error(exchange()), "The request token is invalid or was used already");
  signer.keys = mine;
  EXPECT_EQ(exchange().status, 200);
}

TEST_F(OAuthEndpointsTest, AGrantIsGoodWhileUserApplicationAndGrantAre) {
  approved();
  const Params access = exchange().form();
  const std::string token(access.get_or("oauth_token", ""));
  use(token, std::string(access.get_or("oauth_token_secret", "")));
  const std::string echo = "/api/2/echo";
  EXPECT_EQ(get(echo, signer.sign("GET", echo, {})).status, 200);
  CHECK(rig.parts.run(rig.parts.sql->delete_user(user.user_id)));
  const WebAnswer gone = get(echo, signer.sign("GET", echo, {}));
  EXPECT_EQ(gone.status, 401);
  EXPECT_TRUE(gone.says("\"code\":\"invalid_oauth_user\""));
  CHECK(rig.parts.run(rig.parts.sql->revoke_grant(token)));
  EXPECT_TRUE(get(echo, signer.sign("GET", echo, {})).says("\"code\":\"invalid_signature\""));
}

// The vectors of spec/api.md 2.3, sent as the document shows them.
class PublishedVectors : public testing::Test {
 protected:
  PublishedVectors() {
    catalog::Credentials keys;
    keys.name = "published";
    keys.level = auth::Level::write;
    keys.user_id = 1;
    keys.consumer_key = "571156-cuQla8tP5tzjf70znIwS";
    keys.consumer_secret = "u5pHMUpV8wB7LxwieAnrexE8CkzoZTVs6G626KKqfPVqFp0TxT";
    CHECK(rig.parts.run(rig.parts.sql->add_credentials(keys)));
  }
  void at(std::int64_t epoch) {
    rig.parts.clock.advance(Seconds{epoch} - Seconds{epoch_seconds(rig.parts.clock.wall_now())});
  }
  WebAnswer get(const std::string& path, const std::string& oauth) {
    return read_answer(rig.talk("GET " + path + " HTTP/1.1\r\nHost: api.visualplatform.net\r\nAuthorization: OAuth " +
                                "oauth_consumer_key=\"571156-cuQla8tP5tzjf70znIwS\", "
                                "oauth_signature_method=\"HMAC-SHA1\", oauth_version=\"1.0\", " +
                                oauth + "\r\n\r\n"));
  }
  GatewayRig rig;
};

TEST_F(PublishedVectors, StepOne) {
  at(1267547746);
  const std::string rest =
      "oauth_nonce=\"48e12d7291d99b0416f3bb30a9d2ea72\", oauth_timestamp=\"1267547746\", "
      "oauth_callback=\"http%3A%2F%2Fmy.example.com%2Fcallback\", oauth_signature=";
  EXPECT_EQ(get("/oauth/request_token", rest + "\"xzL65XeaXv4LHnJ6y3Q8H%2F5tERI%3D\"").status, 401);
  const WebAnswer answer = get("/oauth/request_token", rest + "\"ozL65XeaXv4LHnJ6y3Q8H%2F5tERI%3D\"");
  ASSERT_EQ(answer.status, 200) << answer.body;
  const auto token = std::string(answer.form().get_or("oauth_token", ""));
  EXPECT_EQ(rig.parts.run(rig.parts.sql->find_request(token)).value()->callback, "http://my.example.com/callback");
}

TEST_F(PublishedVectors, StepThree) {
  at(1267547767);
  const catalog::User user = add_person(rig, "anna", "correct horse");
  const WallTime now = rig.parts.clock.wall_now();
  CHECK(rig.parts.run(rig.parts.sql->add_request({.token = "12-8vr9EplGHHR8Ciem8SLu",
                                                  .secret = "qQptayCQG1ZQYbS73FE6WdNz4wKjYJqcvLzI9DjGD1UKP9wruL",
                                                  .consumer_key = "571156-cuQla8tP5tzjf70znIwS",
                                                  .callback = "http://my.example.com/callback",
                                                  .created_at = now,
                                                  .valid_until = now + Seconds{60}})));
  CHECK(rig.parts.run(
      rig.parts.sql->approve_request("12-8vr9EplGHHR8Ciem8SLu", user.user_id, kept_of("z3pjUoZU6KN8B5n4V2Fy"), now)));
  const WebAnswer answer = get("/oauth/access_token",
                               "oauth_nonce=\"936dff7fa3d5674b1eb5c217ce6701b3\", oauth_timestamp=\"1267547767\", "
                               "oauth_token=\"12-8vr9EplGHHR8Ciem8SLu\", oauth_verifier=\"z3pjUoZU6KN8B5n4V2Fy\", "
                               "oauth_signature=\"vFb0a6CGy6rtXeuEfZlhOHvjhjk%3D\"");
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.form().get_or("user_id", ""), std::to_string(user.user_id));
}

}  // namespace
}  // namespace stile::api
