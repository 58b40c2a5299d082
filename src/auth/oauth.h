// OAuth 1.0a with HMAC-SHA1: what a request shows, and whether its signature fits the keys. Pure: finding the keys and
// remembering nonces (auth/nonces.h) is the caller's business.
//
// Clients disagree with the standard and with each other in small things, so one signature is tried against several
// texts: both schemes (a proxy may have taken TLS off), the host with and without the scheme's own port and as it was
// sent, and `~` as an unreserved character, as %7E, and as %7E put into the finished text. Each of them names this very
// request, so trying more than one proves no less.
// Source: spec/api.md 2.3, 5; RFC 5849 section 3.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/params.h"
#include "base/result.h"

namespace stile::auth {

// The credentials of one request, decoded. A token that is absent and one that is empty are the same: none.
struct OAuthClaim {
  std::string consumer_key;
  std::string token;
  std::string signature;
  std::string nonce;
  std::uint64_t timestamp = 0;  // seconds since 1970
  Params signed_params;         // all that is signed: those of the header without realm, `params`; no oauth_signature
};

// Reads the parameters of an Authorization header of scheme OAuth, or else those among `params`: of the query of a GET,
// of the urlencoded body of a POST. Fields of multipart bodies are never signed and must not be given here.
// nullopt: nobody claims anything. That is also an empty consumer key, or the literal `undefined`, without a token:
// node-23video signs so when it has no keys.
// Fails with unauthenticated: malformed, a protocol parameter missing or repeated, another method than HMAC-SHA1,
// another version than 1.0. `cause` says which.
Result<std::optional<OAuthClaim>> read_oauth(std::optional<std::string_view> authorization, const Params& params);

// The request as the client may have called it.
struct SignedRequest {
  std::string method;
  std::string path;                // as sent, without the query
  std::vector<std::string> hosts;  // as sent in Host, and other names of this server; each with its port, if any
};

struct OAuthSecrets {
  std::string consumer_secret;
  std::string token_secret;  // empty without a token
};

// Compares in constant time.
bool signature_fits(const OAuthClaim& claim, const SignedRequest& request, const OAuthSecrets& secrets);

// The pieces, for tests and for the three-legged dance.
enum class Tilde { unreserved, escaped, escaped_late };
// `url`: scheme, host and path, to be written as it is.
std::string base_string(std::string_view method, std::string_view url, const Params& params, Tilde tilde);
std::string oauth_signature(std::string_view base_string, const OAuthSecrets& secrets);  // base64
// The URLs, without a query, that the client may have had in mind.
std::vector<std::string> signed_urls(const SignedRequest& request);

}  // namespace stile::auth
