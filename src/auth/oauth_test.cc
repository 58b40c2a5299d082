#include "auth/oauth.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace stile::auth {
namespace {

// The public example keys of the OAuth document.
const std::string kKey = "571156-cuQla8tP5tzjf70znIwS";
const std::string kSecret = "u5pHMUpV8wB7LxwieAnrexE8CkzoZTVs6G626KKqfPVqFp0TxT";

struct Vector {
  const char* method;
  const char* host;
  const char* path;
  Params extra;
  const char* token;
  const char* token_secret;
  const char* nonce;
  const char* timestamp;
  const char* signature;
};

const std::vector<Vector>& vectors() {
  static const std::vector<Vector> kAll{
      {"GET", "api.visualplatform.net", "/oauth/request_token", {{"oauth_callback", "http://my.example.com/callback"}}, "",
       "", "48e12d7291d99b0416f3bb30a9d2ea72", "1267547746", "ozL65XeaXv4LHnJ6y3Q8H/5tERI="},
      {"GET", "api.visualplatform.net", "/oauth/access_token", {{"oauth_verifier", "z3pjUoZU6KN8B5n4V2Fy"}},
       "12-8vr9EplGHHR8Ciem8SLu", "qQptayCQG1ZQYbS73FE6WdNz4wKjYJqcvLzI9DjGD1UKP9wruL",
       "936dff7fa3d5674b1eb5c217ce6701b3", "1267547767", "vFb0a6CGy6rtXeuEfZlhOHvjhjk="},
      {"POST", "v.23video.com", "/api/photo/list", {{"format", "xml"}}, "3-gnS3NKP74AzcJsvbFi3Z",
       "83x7n5rR2eT1IV0zLNptvxxy1R3WFptGozka38tDtLZmSDYboW", "a666b90c2339a866c8ed405e3e2821c3", "1267547771",
       "R6etDqoM8JLzuXK+3BiVeXCEqRQ="}};
  return kAll;
}

Params protocol(const Vector& v) {
  Params params{{"oauth_consumer_key", kKey},
                {"oauth_nonce", v.nonce},
                {"oauth_signature", v.signature},
                {"oauth_signature_method", "HMAC-SHA1"},
                {"oauth_timestamp", v.timestamp},
                {"oauth_version", "1.0"}};
  if (*v.token != 0) params.add("oauth_token", v.token);
  return params;
}

std::string as_header(const Params& params, std::string_view separator = ", ", std::string_view realm = {}) {
  std::string text = "OAuth ";
  if (!realm.empty()) text.append("realm=\"").append(realm).append("\"");
  for (const auto& [name, value] : params) {
    if (text.size() > 6) text.append(separator);
    text.append(percent_encode(name)).append("=\"").append(percent_encode(value)).append("\"");
  }
  return text;
}

OAuthClaim claim_of(std::optional<std::string_view> header, const Params& params) {
  auto claim = read_oauth(header, params);
  EXPECT_TRUE(claim) << claim.error().cause;
  if (!claim || !*claim) {
    ADD_FAILURE() << "no claim";
    return {};
  }
  return std::move(**claim);
}

SignedRequest request_of(const Vector& v) { return {v.method, v.path, {v.host}}; }

TEST(OAuth, ReproducesThePublishedVectorsFromHeaderAndFromParameters) {
  for (const Vector& v : vectors()) {
    const OAuthSecrets secrets{kSecret, v.token_secret};
    const std::string header = as_header(protocol(v));
    EXPECT_TRUE(signature_fits(claim_of(header, v.extra), request_of(v), secrets)) << v.signature;
    Params all = v.extra;
    for (const auto& [name, value] : protocol(v)) all.add(name, value);
    EXPECT_TRUE(signature_fits(claim_of(std::nullopt, all), request_of(v), secrets)) << v.signature;
  }
}

TEST(OAuth, AnythingChangedDoesNotFit) {
  const Vector& v = vectors()[2];
  const OAuthSecrets secrets{kSecret, v.token_secret};
  const std::string header = as_header(protocol(v));
  const OAuthClaim good = claim_of(header, v.extra);
  ASSERT_TRUE(signature_fits(good, request_of(v), secrets));
  EXPECT_FALSE(signature_fits(good, {"GET", v.path, {v.host}}, secrets));
  EXPECT_FALSE(signature_fits(good, {v.method, "/api/photo/delete", {v.host}}, secrets));
  EXPECT_FALSE(signature_fits(good, {v.method, v.path, {"other.example.com"}}, secrets));
  EXPECT_FALSE(signature_fits(good, {v.method, v.path, {"v.23video.com:8080"}}, secrets));
  EXPECT_FALSE(signature_fits(good, {v.method, v.path, {}}, secrets));
  EXPECT_FALSE(signature_fits(good, request_of(v), {kSecret, ""}));
  EXPECT_FALSE(signature_fits(good, request_of(v), {"", v.token_secret}));
  EXPECT_FALSE(signature_fits(claim_of(header, {{"format", "json"}}), request_of(v), secrets));
  EXPECT_FALSE(signature_fits(claim_of(header, {}), request_of(v), secrets));
  EXPECT_FALSE(signature_fits(claim_of(header, {{"format", "xml"}, {"p", "1"}}), request_of(v), secrets));
  OAuthClaim bad = good;
  bad.signature.back() = 'x';
  EXPECT_FALSE(signature_fits(bad, request_of(v), secrets));
}

// RFC 5849 section 3.4.1.1, with its duplicates, its empty value and its '+' and '=' in values.
TEST(OAuth, WritesTheBaseStringOfTheStandard) {
  const Params params{{"b5", "=%3D"},
                      {"a3", "a"},
                      {"c@", ""},
                      {"a2", "r b"},
                      {"oauth_consumer_key", "9djdj82h48djs9d2"},
                      {"oauth_token", "kkk9d7dh3k39sjv7"},
                      {"oauth_signature_method", "HMAC-SHA1"},
                      {"oauth_timestamp", "137131201"},
                      {"oauth_nonce", "7d8f3e4a"},
                      {"c2", ""},
                      {"a3", "2 q"}};
  EXPECT_EQ(base_string("POST", "http://example.com/request", params, Tilde::unreserved),
            "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D"
            "%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1"
            "%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7");
}

TEST(OAuth, SortsByEncodedNameThenEncodedValue) {
  // Encoded, "é" begins with '%', which comes before letters; "a-b" must not be mixed up with "a" and a value of "-b".
  EXPECT_EQ(base_string("GET", "u", {{"b", "1"}, {"a-b", "1"}, {"\xc3\xa9", "x"}, {"a", "é"}, {"a", "z"}}, Tilde::unreserved),
            "GET&u&%25C3%25A9%3Dx%26a%3D%25C3%25A9%26a%3Dz%26a-b%3D1%26b%3D1");
}

TEST(OAuth, KnowsThreeWaysToWriteATilde) {
  const Params params{{"q", "~x"}, {"~", "1"}};
  EXPECT_EQ(base_string("GET", "u", params, Tilde::unreserved), "GET&u&q%3D~x%26~%3D1");
  EXPECT_EQ(base_string("GET", "u", params, Tilde::escaped), "GET&u&%257E%3D1%26q%3D%257Ex");
  EXPECT_EQ(base_string("GET", "u", params, Tilde::escaped_late), "GET&u&q%3D%7Ex%26%7E%3D1");
}

TEST(OAuth, FitsWhicheverWayTheTildeWasWritten) {
  const SignedRequest request{"GET", "/api/~x", {"h"}};
  const OAuthSecrets secrets{"cs", "ts"};
  for (const Tilde tilde : {Tilde::unreserved, Tilde::escaped, Tilde::escaped_late}) {
    OAuthClaim claim;
    claim.signed_params = {{"title", "a~b"}, {"~", "~"}};
    claim.signature = oauth_signature(base_string("GET", "http://h/api/~x", claim.signed_params, tilde), secrets);
    EXPECT_TRUE(signature_fits(claim, request, secrets)) << static_cast<int>(tilde);
  }
}

TEST(OAuth, TriesEverySchemeAndEveryWayToWriteTheHost) {
  const auto urls = [](std::vector<std::string> hosts) { return signed_urls({"GET", "/p", std::move(hosts)}); };
  using Urls = std::vector<std::string>;
  EXPECT_EQ(urls({"Media.Example.com"}),
            (Urls{"https://media.example.com/p", "https://media.example.com:443/p", "https://Media.Example.com/p",
                  "http://media.example.com/p", "http://media.example.com:80/p", "http://Media.Example.com/p"}));
  EXPECT_EQ(urls({"h:443"}), (Urls{"https://h/p", "https://h:443/p", "http://h:443/p"}));
  EXPECT_EQ(urls({"h:80"}), (Urls{"https://h:80/p", "http://h/p", "http://h:80/p"}));
  EXPECT_EQ(urls({"h:8023", "h:8023"}), (Urls{"https://h:8023/p", "http://h:8023/p"}));
  EXPECT_EQ(urls({"[::1]:8023"}), (Urls{"https://[::1]:8023/p", "http://[::1]:8023/p"}));
  EXPECT_EQ(urls({"[::1]"}), (Urls{"https://[::1]/p", "https://[::1]:443/p", "http://[::1]/p", "http://[::1]:80/p"}));
  EXPECT_EQ(urls({}), Urls{});
}

TEST(OAuth, ReadsHeadersAsClientsWriteThem) {
  const Vector& v = vectors()[2];
  Params reversed;
  const Params in_order = protocol(v);
  for (auto it = in_order.pairs().rbegin(); it != in_order.pairs().rend(); ++it) reversed.add(it->first, it->second);
  const std::string header = as_header(in_order);
  std::vector<std::string> headers{header,
                                   as_header(in_order, ","),
                                   as_header(in_order, " ,\t "),
                                   as_header(reversed),
                                   as_header(in_order, ", ", "http://v.23video.com/"),
                                   as_header(in_order, ",", "http://http://v.23video.com"),
                                   as_header(in_order, ", ", "a, b=\\\"c\\\", %zz"),
                                   header + ",",
                                   "oauth" + header.substr(5),
                                   "OAuth   " + header.substr(6)};
  for (const std::string& written : headers) {
    const OAuthClaim claim = claim_of(written, v.extra);
    EXPECT_TRUE(signature_fits(claim, request_of(v), {kSecret, v.token_secret})) << written;
    EXPECT_FALSE(claim.signed_params.has("realm")) << written;
  }
}

TEST(OAuth, SignsARealmThatIsNotTheHeaders) {
  const Vector& v = vectors()[2];
  EXPECT_TRUE(claim_of(as_header(protocol(v)), {{"realm", "x"}}).signed_params.has("realm"));
}

TEST(OAuth, FindsNothingWhereNothingIsClaimed) {
  for (const auto& header : {std::optional<std::string>(), std::optional<std::string>("Basic Zm9v"),
                             std::optional<std::string>("OAuthx a=\"b\""), std::optional<std::string>("")}) {
    const auto claim = read_oauth(header, {{"title", "x"}, {"oauth_nonce", "n"}, {"oauth_callback", "oob"}});
    ASSERT_TRUE(claim);
    EXPECT_FALSE(claim->has_value());
  }
}

TEST(OAuth, AClientWithoutKeysClaimsNothing) {
  for (const char* key : {"", "undefined"})
    for (const bool with_token : {false, true}) {
      Params params{{"oauth_consumer_key", key}, {"oauth_nonce", "n"}, {"oauth_signature", "meaningless"}};
      if (with_token) params.add("oauth_token", "");
      for (const bool in_header : {false, true}) {
        const std::string header = as_header(params);
        const auto claim = in_header ? read_oauth(header, {{"p", "1"}}) : read_oauth(std::nullopt, params);
        ASSERT_TRUE(claim) << claim.error().cause;
        EXPECT_FALSE(claim->has_value());
      }
    }
}

Params with(Params params, std::string name, std::string value) {
  Params result;
  for (const auto& [key, old] : params)
    if (key != name) result.add(key, old);
  result.add(std::move(name), std::move(value));
  return result;
}

TEST(OAuth, RefusesClaimsItCannotJudge) {
  const Params good = protocol(vectors()[2]);
  Params repeated = good;
  repeated.add("oauth_nonce", "m");
  Params twice = good;
  twice.add("oauth_signature", "x");
  Params keyless{{"oauth_token", "t"}, {"oauth_signature", "s"}, {"oauth_nonce", "n"}, {"oauth_timestamp", "1"}};
  for (const Params& params :
       {with(good, "oauth_signature_method", "PLAINTEXT"), with(good, "oauth_signature_method", "hmac-sha1"),
        with(good, "oauth_signature_method", ""), with(good, "oauth_version", "2.0"), with(good, "oauth_version", ""),
        with(good, "oauth_timestamp", ""), with(good, "oauth_timestamp", "soon"), with(good, "oauth_timestamp", "-1"),
        with(good, "oauth_timestamp", "1e9"), with(good, "oauth_timestamp", "99999999999999999999"),
        with(good, "oauth_nonce", ""), with(good, "oauth_nonce", std::string(257, 'n')),
        with(good, "oauth_signature", ""), with(good, "oauth_consumer_key", std::string(129, 'k')),
        with(good, "oauth_token", std::string(129, 't')), with(good, "oauth_consumer_key", ""),
        with(good, "oauth_consumer_key", "undefined"), repeated, twice, keyless, Params{{"oauth_token", "t"}},
        Params{{"oauth_signature", "s"}}}) {
    // An absent version is fine, an empty one is not 1.0; "undefined" with a token is a claim, of an unknown key.
    const auto claim = read_oauth(std::nullopt, params);
    if (params.get("oauth_consumer_key") == "undefined") {
      ASSERT_TRUE(claim);
      EXPECT_TRUE(claim->has_value());
      continue;
    }
    ASSERT_FALSE(claim) << to_form(params);
    EXPECT_EQ(claim.error().code, Errc::unauthenticated);
    EXPECT_EQ(claim.error().message, "The API signature is invalid.");
  }
  Params versionless;
  for (const auto& [name, value] : good)
    if (name != "oauth_version") versionless.add(name, value);
  EXPECT_TRUE(read_oauth(std::nullopt, versionless));
}

TEST(OAuth, RefusesMalformedHeaders) {
  for (const std::string& header :
       {std::string("OAuth"), std::string("OAuth "), std::string("OAuth realm=\"x\""), std::string("OAuth x"),
        std::string("OAuth oauth_consumer_key=x"), std::string("OAuth oauth_consumer_key=\"x"),
        std::string("OAuth oauth_consumer_key=\"x\" y"), std::string("OAuth =\"x\""),
        std::string("OAuth oauth_consumer_key=\"%\""), std::string("OAuth oauth_consumer_key=\"%4\""),
        std::string("OAuth oauth_consumer_key=\"%zz\""), std::string("OAuth oauth_consumer_key=\"%00\""),
        std::string("OAuth oauth_consumer_key=\"%ff\""), std::string("OAuth oauth_consumer_key=\"x\\")}) {
    const auto claim = read_oauth(header, {});
    ASSERT_FALSE(claim) << header;
    EXPECT_EQ(claim.error().code, Errc::unauthenticated);
  }
  std::string many = "OAuth ";
  for (int i = 0; i < 100; ++i) many += "x" + std::to_string(i) + "=\"1\",";
  EXPECT_FALSE(read_oauth(many, {}));
}

TEST(OAuth, HeaderAndBodyTogetherMayNotRepeatACredential) {
  const Params good = protocol(vectors()[2]);
  const std::string header = as_header(good);
  EXPECT_FALSE(read_oauth(header, {{"oauth_consumer_key", "other"}}));
  EXPECT_TRUE(read_oauth(header, {{"oauth_callback", "oob"}}));
}

TEST(OAuth, APlusInAHeaderIsAPlus) {
  Params params = with(protocol(vectors()[2]), "oauth_nonce", "x");
  std::string header = as_header(params);
  header.replace(header.find("\"x\""), 3, "\"a+b\"");
  EXPECT_EQ(claim_of(header, {}).nonce, "a+b");
}

}  // namespace
}  // namespace stile::auth
