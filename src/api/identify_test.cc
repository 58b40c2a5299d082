#include "api/identify.h"

#include <gtest/gtest.h>

#include "api/signing.h"
#include "api/testing.h"
#include "api/web_session.h"
#include "auth/bearer.h"
#include "auth/credentials.h"

namespace stile::api {
namespace {

using auth::Caller;
using auth::Level;

constexpr const char* kPath = "/api/2/photo/list";

http::RequestHead make_head(std::string method, std::string target, std::string authorization = {}) {
  http::RequestHead head;
  head.method = std::move(method);
  head.target = std::move(target);
  head.headers.push_back({"Host", "videos.example.com"});
  if (!authorization.empty()) head.headers.push_back({"Authorization", std::move(authorization)});
  return head;
}

struct IdentifyTest : testing::Test {
  IdentifyTest() {
    for (int i = 1; i <= 30; ++i) EXPECT_EQ(io::run_until_done(bench.catalog().add_user("user", kTestNow))->user_id, i);
    SeededRandom random(ApiBench::kSeed + 1);
    auto made = auth::make_credentials(random, "back end", Level::admin, 12, kTestNow);
    bearer = made.bearer_token;
    signer.keys = made.record;
    EXPECT_TRUE(io::run_until_done(bench.catalog().add_credentials(made.record)));
  }

  Outcome<Identity> identify(const http::RequestHead& head, const Arguments& arguments = {}) {
    return io::run_until_done(identifier.identify(head, arguments, test_call(Generation::v2, "/api/photo/list", {})));
  }
  // A GET with `oauth` in its header.
  Outcome<Identity> get(const Params& oauth, const Params& query = {}) {
    return identify(make_head("GET", kPath, Signer::header(oauth)), {.form = query, .parts = {}, .query = {}});
  }
  static Code code_of(const Outcome<Identity>& outcome) {
    return outcome ? Code::no_such_tag : outcome.error().code;
  }

  ApiBench bench;
  FakeClock clock;
  IdentifySettings settings;
  Identifier identifier{bench.services, settings, clock};
  Signer signer;
  std::string bearer;
  const Caller admin{.level = Level::admin, .user_id = 12};
  const Caller stranger{.level = Level::anonymous, .user_id = 0};
};

TEST_F(IdentifyTest, NothingShownIsAStranger) {
  EXPECT_EQ(identify(make_head("GET", kPath))->caller, stranger);
  EXPECT_EQ(identify(make_head("GET", kPath, "Basic Zm9vOmJhcg=="))->caller, stranger);
  Identifier closed(bench.services, {.site_open = false, .lenient_post_query = false, .nonces = {}}, clock);
  const auto identity =
      io::run_until_done(closed.identify(make_head("GET", kPath), {}, test_call(Generation::v1, "/api/echo", {})));
  EXPECT_EQ(identity->caller, (Caller{.level = Level::none, .user_id = 0}));
}

TEST_F(IdentifyTest, ABearerTokenIsItsCredentials) {
  const auto identity = identify(make_head("GET", kPath, "Bearer " + bearer));
  EXPECT_EQ(identity->caller, admin);
  EXPECT_EQ(identity->bearer, bearer);
  EXPECT_EQ(code_of(identify(make_head("GET", kPath, "Bearer " + std::string(64, 'x')))), Code::missing_authentication);
  EXPECT_EQ(code_of(identify(make_head("GET", kPath, "Bearer short"))), Code::missing_authentication);
}

TEST_F(IdentifyTest, ASignatureIsItsCredentialsInHeaderQueryAndBody) {
  const Params query{{"format", "json"}, {"search", "a b~c*'é"}};
  const auto in_header = get(signer.sign("GET", kPath, query), query);
  EXPECT_EQ(in_header->caller, admin);
  EXPECT_EQ(in_header->bearer, "");
  for (const std::string method : {"GET", "POST"}) {
    Params all = query;
    for (const auto& [name, value] : signer.sign(method, kPath, query)) all.add(name, value);
    EXPECT_EQ(identify(make_head(method, kPath), {.form = all, .parts = {}, .query = {}})->caller, admin) << method;
  }
}

TEST_F(IdentifyTest, FieldsOfMultipartBodiesAreNotSigned) {
  const Params oauth = signer.sign("POST", kPath, {});
  const auto head = make_head("POST", kPath, Signer::header(oauth));
  EXPECT_EQ(identify(head, {.form = {}, .parts = {{"title", "x"}}, .query = {}})->caller, admin);
  // Credentials among them are fields like any other.
  EXPECT_EQ(identify(make_head("POST", kPath), {.form = {}, .parts = oauth, .query = {}})->caller, stranger);
}

TEST_F(IdentifyTest, UsesThePathAsItWasSent) {
  const std::string path = "/api/2/photo%2Flist";
  const Params oauth = signer.sign("GET", path, {});
  EXPECT_EQ(identify(make_head("GET", path + "?", Signer::header(oauth)))->caller, admin);
  const Params absolute = signer.sign("GET", kPath, {});
  EXPECT_EQ(identify(make_head("GET", std::string("http://videos.example.com") + kPath + "?x", Signer::header(absolute)))->caller, admin);
}

TEST_F(IdentifyTest, KnowsTheSitesOwnNameBehindAProxy) {
  for (const char* front : {"https://videos.example.com", "http://videos.example.com", "http://10.0.0.7:8023"}) {
    signer.url_front = front;
    http::RequestHead head = make_head("GET", kPath, Signer::header(signer.sign("GET", kPath, {})));
    head.headers[0].value = "10.0.0.7:8023";
    EXPECT_EQ(identify(head)->caller, admin) << front;
  }
  signer.url_front = "https://elsewhere.example.com";
  EXPECT_EQ(code_of(get(signer.sign("GET", kPath, {}))), Code::invalid_signature);
}

TEST_F(IdentifyTest, TheKeysOfADeletedUserAreNobodysAndOnlyTheirHolderIsToldSo) {
  CHECK(io::run_until_done(bench.services.logins.delete_user(12)).has_value());
  const auto gone = get(signer.sign("GET", kPath, {}));
  EXPECT_EQ(code_of(gone), Code::invalid_oauth_user);
  EXPECT_EQ(gone.error().v2_status, 401);
  EXPECT_EQ(code_of(identify(make_head("GET", kPath, "Bearer " + bearer))), Code::missing_authentication);
  signer.keys.access_token_secret += "x";
  EXPECT_EQ(code_of(get(signer.sign("GET", kPath, {}))), Code::invalid_signature);
}

TEST_F(IdentifyTest, AGrantIsItsUserAndNoMoreThanTheUserMay) {
  auto& grants = bench.services.grants;
  const WallTime until = kTestNow + Seconds{60};
  CHECK(io::run_until_done(grants.add_request({.token = "r", .secret = "s", .consumer_key = signer.keys.consumer_key,
                                               .callback = "oob", .created_at = kTestNow, .valid_until = until}))
            .has_value());
  CHECK(io::run_until_done(grants.approve_request("r", 17, kept_of("v"), kTestNow)).has_value());
  const catalog::Grant grant{.token = "17-granted", .secret = "granted secret", .consumer_key = signer.keys.consumer_key,
                             .user_id = 17, .revoked = false, .created_at = kTestNow};
  EXPECT_EQ(io::run_until_done(grants.exchange_request("r", kept_of("v"), grant, kTestNow)).value(),
            catalog::Exchange::granted);
  const catalog::Credentials own = signer.keys;
  signer.keys.access_token = grant.token;
  signer.keys.access_token_secret = grant.secret;
  const auto level = [&] { return get(signer.sign("GET", kPath, {}))->caller; };
  EXPECT_EQ(level(), (Caller{.level = Level::write, .user_id = 17}));
  auto user = io::run_until_done(bench.library().find_user(17)).value().value();
  user.site_admin = true;
  CHECK(io::run_until_done(bench.library().update_user(user)).has_value());
  EXPECT_EQ(level(), (Caller{.level = Level::admin, .user_id = 17}));
  CHECK(io::run_until_done(grants.revoke_grant(grant.token)).has_value());
  EXPECT_EQ(code_of(get(signer.sign("GET", kPath, {}))), Code::invalid_signature);
  signer.keys = own;
  EXPECT_EQ(level(), admin);  // the pair that was made with the consumer goes on working
}

TEST_F(IdentifyTest, OnAClosedSiteABrowserThatIsLoggedInIsAnonymousAndNothingMore) {
  Identifier closed(bench.services, {.site_open = false, .lenient_post_query = false, .nonces = {}}, clock);
  const auto level_of = [&](const std::string& method, const std::string& cookie, WallTime now) {
    http::RequestHead head = make_head(method, kPath);
    head.headers.push_back({"Cookie", cookie});
    Call call = test_call(Generation::v2, "/api/photo/list", {});
    call.now = now;
    return io::run_until_done(closed.identify(head, {}, call))->caller;
  };
  const Caller nobody{.level = Level::none, .user_id = 0};
  for (const std::int64_t user_id : {std::int64_t(0), std::int64_t(12)}) {
    const NewSession made = make_session(bench.services.random, user_id, kTestNow, Seconds{60});
    CHECK(io::run_until_done(bench.services.logins.add_session(made.record)).has_value());
    const std::string cookie = "stile_session=" + made.cookie_value;
    EXPECT_EQ(level_of("GET", cookie, kTestNow), stranger);
    EXPECT_EQ(level_of("POST", cookie, kTestNow), stranger);
    EXPECT_EQ(level_of("GET", cookie, kTestNow + Seconds{60}), nobody);
  }
  EXPECT_EQ(level_of("GET", "stile_session=" + std::string(64, 'a'), kTestNow), nobody);
}

TEST_F(IdentifyTest, AConsumerAloneIsAStrangerOnceItsSignatureFits) {
  signer.with_token = false;
  EXPECT_EQ(get(signer.sign("GET", kPath, {}))->caller, stranger);
  signer.keys.consumer_secret += "x";
  EXPECT_EQ(code_of(get(signer.sign("GET", kPath, {}))), Code::invalid_signature);
}

TEST_F(IdentifyTest, AClientWithoutKeysIsAStranger) {
  for (const char* key : {"", "undefined"})
    EXPECT_EQ(get({{"oauth_consumer_key", key}, {"oauth_signature", "x"}, {"oauth_nonce", "n"}})->caller, stranger);
}

TEST_F(IdentifyTest, WrongKeysAreNoStranger) {
  const catalog::Credentials good = signer.keys;
  for (const auto member : {&catalog::Credentials::consumer_key, &catalog::Credentials::consumer_secret,
                            &catalog::Credentials::access_token, &catalog::Credentials::access_token_secret}) {
    signer.keys = good;
    (signer.keys.*member).back() ^= 1;
    const auto refused = get(signer.sign("GET", kPath, {}));
    ASSERT_EQ(code_of(refused), Code::invalid_signature);
    EXPECT_EQ(refused.error().message, "The API signature is invalid.");
    EXPECT_EQ(refused.error().v2_status, 401);
  }
  signer.keys = good;
  EXPECT_EQ(get(signer.sign("GET", kPath, {}))->caller, admin);
}

TEST_F(IdentifyTest, TheTokenOfOtherKeysIsWrong) {
  SeededRandom random(99);
  auto other = auth::make_credentials(random, "other", Level::super, 13, kTestNow).record;
  ASSERT_TRUE(io::run_until_done(bench.catalog().add_credentials(other)));
  signer.keys.access_token = other.access_token;
  signer.keys.access_token_secret = other.access_token_secret;
  EXPECT_EQ(code_of(get(signer.sign("GET", kPath, {}))), Code::invalid_signature);
}

TEST_F(IdentifyTest, RevokedKeysAreWrong) {
  ASSERT_TRUE(io::run_until_done(bench.catalog().revoke_credentials(signer.keys.consumer_key)));
  EXPECT_EQ(code_of(get(signer.sign("GET", kPath, {}))), Code::invalid_signature);
  EXPECT_EQ(code_of(identify(make_head("GET", kPath, "Bearer " + bearer))), Code::missing_authentication);
  signer.with_token = false;
  EXPECT_EQ(code_of(get(signer.sign("GET", kPath, {}))), Code::invalid_signature);
}

TEST_F(IdentifyTest, ARequestCountsOnce) {
  const Params oauth = signer.sign("GET", kPath, {});
  EXPECT_EQ(get(oauth)->caller, admin);
  EXPECT_EQ(code_of(get(oauth)), Code::invalid_signature);
}

TEST_F(IdentifyTest, AWrongSignatureDoesNotUseUpItsNonce) {
  const Params oauth = signer.sign("GET", kPath, {});
  EXPECT_EQ(code_of(get(oauth, {{"injected", "1"}})), Code::invalid_signature);
  EXPECT_EQ(get(oauth)->caller, admin);
}

TEST_F(IdentifyTest, OldAndFutureTimestampsAreWrong) {
  for (const std::int64_t off : {-601, 601, -1'700'000'000}) {
    signer.timestamp = 1'700'000'000 + off;
    EXPECT_EQ(code_of(get(signer.sign("GET", kPath, {}))), Code::invalid_signature) << off;
  }
  for (const std::int64_t off : {-600, 600, 0}) {
    signer.timestamp = 1'700'000'000 + off;
    EXPECT_EQ(get(signer.sign("GET", kPath, {}))->caller, admin) << off;
  }
}

TEST_F(IdentifyTest, AQueryThatIsReadOnPostMayBeSigned) {
  // read_arguments gives no query unless lenient_post_query is set.
  const Params query{{"photo_id", "7"}};
  const Params form{{"title", "x"}};
  Params both = form;
  for (const auto& [name, value] : query) both.add(name, value);
  const auto signs_both = identify(make_head("POST", kPath, Signer::header(signer.sign("POST", kPath, both))),
                                   {.form = form, .parts = {}, .query = query});
  EXPECT_EQ(signs_both->caller, admin);
  EXPECT_FALSE(signs_both->query_unsigned);
  const auto signs_body = identify(make_head("POST", kPath, Signer::header(signer.sign("POST", kPath, form))),
                                   {.form = form, .parts = {}, .query = query});
  EXPECT_EQ(signs_body->caller, admin);
  EXPECT_TRUE(signs_body->query_unsigned);
  Params oauth_in_query = query;
  for (const auto& [name, value] : signer.sign("POST", kPath, query)) oauth_in_query.add(name, value);
  EXPECT_EQ(identify(make_head("POST", kPath), {.form = {}, .parts = {}, .query = oauth_in_query})->caller, admin);
  // What the body alone does not claim, an unsigned query cannot add.
  EXPECT_EQ(code_of(identify(make_head("POST", kPath), {.form = form, .parts = {}, .query = oauth_in_query})), Code::invalid_signature);
}

TEST(Arguments, JoinsTheBodyBeforeTheQuery) {
  const Arguments arguments{.form = {{"a", "form"}}, .parts = {}, .query = {{"a", "query"}, {"b", "query"}}};
  EXPECT_EQ(arguments.joined(Arguments::Query::counts), (Params{{"a", "form"}, {"a", "query"}, {"b", "query"}}));
  EXPECT_EQ(arguments.joined(Arguments::Query::dropped), (Params{{"a", "form"}}));
}

// Every method × every level × every way to show who one is.
class LevelTable : public IdentifyTest {
 protected:
  struct Way {
    std::string name;
    Outcome<Identity> identity;
  };

  std::vector<Way> ways(const catalog::Credentials& keys, const std::string& token, const std::string& path) {
    signer.keys = keys;
    const Params query{{"format", "json"}};
    const auto joined = [&](const Params& oauth) {
      Params all = query;
      for (const auto& [name, value] : oauth) all.add(name, value);
      return all;
    };
    return {{"bearer", identify(make_head("GET", path, "Bearer " + token))},
            {"header", identify(make_head("POST", path, Signer::header(signer.sign("POST", path, query))),
                                {.form = query, .parts = {}, .query = {}})},
            {"body", identify(make_head("POST", path), {.form = joined(signer.sign("POST", path, query)), .parts = {}, .query = {}})},
            {"query", identify(make_head("GET", path), {.form = joined(signer.sign("GET", path, query)), .parts = {}, .query = {}})}};
  }

  // The answer to a call without parameters, by who that is.
  std::string answer(const Method& method, Generation generation, const Identity& identity) {
    Call call = test_call(generation, "/api/" + std::string(method.name), {{"format", "json"}, {"raw", "1"}}, identity.caller);
    call.bearer = identity.bearer;
    return bench.reply(std::move(call)).body;
  }

  void expect_level(const Method& method, const Identity& identity, const std::string& way) {
    const std::string required = "(required level: '" + std::string(auth::level_name(method.level)) + "')";
    const std::string actual = R"("permission_level":")" + std::string(auth::level_name(identity.caller.level)) + "\"";
    for (const Generation generation : {Generation::v1, Generation::v2}) {
      if (find_method("/api/" + std::string(method.name), generation) == nullptr) continue;
      if (method.name == "concatenate") continue;  // has no envelope of its own; its parts have
      const std::string body = answer(method, generation, identity);
      const bool denied = body.find(required) != std::string::npos && body.find("permission_denied") != std::string::npos;
      EXPECT_EQ(denied, identity.caller.level < method.level) << method.name << " " << way << "\n" << body;
      EXPECT_NE(body.find(actual), std::string::npos) << method.name << " " << way << "\n" << body;
    }
  }
};

TEST_F(LevelTable, EveryMethodJudgesEveryLevelShownInEveryWay) {
  SeededRandom random(7);
  for (const Level level : {Level::read, Level::write, Level::admin, Level::super}) {
    const auto made = auth::make_credentials(random, "x", level, 20 + static_cast<int>(level), kTestNow);
    ASSERT_TRUE(io::run_until_done(bench.catalog().add_credentials(made.record)));
    for (const Method& method : methods())
      for (const Way& way : ways(made.record, made.bearer_token, "/api/2/" + std::string(method.name))) {
        ASSERT_TRUE(way.identity) << method.name << " " << way.name;
        EXPECT_EQ(way.identity->caller, (Caller{.level = level, .user_id = made.record.user_id})) << way.name;
        expect_level(method, *way.identity, way.name);
      }
  }
}

TEST_F(LevelTable, StrangersAndConsumersAloneAreAnonymousOrNone) {
  for (const bool open : {true, false}) {
    Identifier site(bench.services, {.site_open = open, .lenient_post_query = false, .nonces = {}}, clock);
    signer.with_token = false;
    for (const Method& method : methods()) {
      const std::string path = "/api/2/" + std::string(method.name);
      for (const std::string& header : {std::string(), Signer::header(signer.sign("GET", path, {}))}) {
        const auto identity =
            io::run_until_done(site.identify(make_head("GET", path, header), {}, test_call(Generation::v2, path, {})));
        ASSERT_TRUE(identity);
        EXPECT_EQ(identity->caller.level, open ? Level::anonymous : Level::none);
        expect_level(method, *identity, header.empty() ? "stranger" : "consumer alone");
      }
    }
  }
}

TEST_F(LevelTable, BadCredentialsAreAnErrorForEveryMethod) {
  signer.keys.access_token_secret += "x";
  for (const Method& method : methods()) {
    const std::string path = "/api/2/" + std::string(method.name);
    for (const Way& way : ways(signer.keys, std::string(64, 'x'), path))
      EXPECT_EQ(code_of(way.identity), way.name == "bearer" ? Code::missing_authentication : Code::invalid_signature)
          << method.name << " " << way.name;
  }
}

}  // namespace
}  // namespace stile::api
