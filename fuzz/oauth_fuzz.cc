// OAuth: a claim keeps its promises, a base string can be taken apart again, and what a client signs fits as long as
// nobody touches it.
//
// Input: an Authorization header, LF, an urlencoded form.
#include <algorithm>

#include "auth/bearer.h"
#include "auth/oauth.h"
#include "base/check.h"
#include "base/text.h"
#include "fragments.h"

namespace {

using namespace stile;
using namespace stile::auth;

const OAuthSecrets kSecrets{"consumersecret", "tokensecret"};
const SignedRequest kRequest{"POST", "/api/photo/redeem-upload-token", {"Videos.Example.com:8023"}};
constexpr std::string_view kUrl = "http://videos.example.com:8023/api/photo/redeem-upload-token";

void check_claim(const OAuthClaim& claim) {
  CHECK(!claim.consumer_key.empty() && claim.consumer_key.size() <= 128 && claim.token.size() <= 128);
  CHECK(!claim.nonce.empty() && claim.nonce.size() <= 256 && !claim.signature.empty());
  CHECK(!claim.signed_params.has("oauth_signature") && claim.signed_params.has("oauth_consumer_key"));
  for (const auto& [name, value] : claim.signed_params) {
    CHECK(is_valid_utf8(name) && !name.contains('\0'));
    CHECK(is_valid_utf8(value) && !value.contains('\0'));
  }
}

// Three parts that say method, URL and every parameter, in order of their encoded bytes.
void check_base_string(const Params& params) {
  const std::string text = base_string("POST", kUrl, params, Tilde::unreserved);
  CHECK(std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; }));
  const auto parts = split(text, '&');
  CHECK(parts.size() == 3 && parts[0] == "POST" && percent_decode(parts[1], Plus::is_plus) == kUrl);
  const auto joined = percent_decode(parts[2], Plus::is_plus);
  CHECK(joined.has_value());
  std::vector<Params::Pair> read, expected(params.begin(), params.end());
  std::string_view before;
  for (const std::string_view pair : split(*joined, '&')) {
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    CHECK(equals != std::string_view::npos);
    CHECK(before.substr(0, before.find('=')) <= pair.substr(0, equals));
    before = pair;
    read.emplace_back(*percent_decode(pair.substr(0, equals), Plus::is_plus),
                      *percent_decode(pair.substr(equals + 1), Plus::is_plus));
  }
  std::ranges::sort(read);
  std::ranges::sort(expected);
  CHECK(read == expected);
}

// As a client does it, from the standard.
void check_round_trip(const Params& params) {
  Params oauth{{"oauth_consumer_key", "123456-key"},    {"oauth_token", "7-token"},        {"oauth_nonce", "n0nce"},
               {"oauth_signature_method", "HMAC-SHA1"}, {"oauth_timestamp", "1700000000"}, {"oauth_version", "1.0"}};
  Params all = params;
  for (const auto& [name, value] : oauth) all.add(name, value);
  oauth.add("oauth_signature", oauth_signature(base_string("POST", kUrl, all, Tilde::unreserved), kSecrets));
  std::string header = "oAuTh realm=\"a, \\\"b\\\"\"";
  for (const auto& [name, value] : oauth)
    header.append(" ,").append(name).append("=\"").append(percent_encode(value)) += '"';

  const auto claim = read_oauth(header, params);
  CHECK(claim && *claim);
  CHECK(signature_fits(**claim, kRequest, kSecrets));
  CHECK(!signature_fits(**claim, kRequest, {kSecrets.consumer_secret, "another"}));
  OAuthClaim touched = **claim;
  touched.signed_params.add("extra", "1");
  CHECK(!signature_fits(touched, kRequest, kSecrets));
  CHECK(!signature_fits(**claim, {kRequest.method, kRequest.path + "x", kRequest.hosts}, kSecrets));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view form = fuzz::as_text(data, size);
  const std::string_view header = fuzz::take_line(form);
  const Params params = parse_form(form, 50).value_or(Params{});

  for (const auto& authorization : {std::optional<std::string_view>(header), std::optional<std::string_view>()}) {
    const auto claim = read_oauth(authorization, params);
    if (claim && *claim) {
      check_claim(**claim);
      CHECK(!signature_fits(**claim, kRequest, kSecrets));  // nobody who does not know the secrets gets in
      if (authorization && to_lower(authorization->substr(0, 6)) == "oauth ") {
        const auto bearer = bearer_from_header(authorization);
        CHECK(bearer && !*bearer);  // one header has one scheme
      }
    } else if (!claim) {
      CHECK(claim.error().code == Errc::unauthenticated && !claim.error().cause.empty());
    }
  }
  const bool protocol = std::ranges::any_of(params, [](const auto& pair) { return pair.first.starts_with("oauth_"); });
  check_base_string(params);
  if (!protocol) check_round_trip(params);
  return 0;
}
