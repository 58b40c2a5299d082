// Identifier: who sent a request, judged by its Authorization header and its OAuth parameters.
//
//   Bearer …                        the credentials with that token; v1 and v2 alike
//   OAuth in header, body or query  the credentials of consumer and access token, when the signature fits: the pair that
//                                   was made with the consumer, or one that a user granted (auth/three_legged.h)
//   a consumer's signature alone    a stranger, when it fits
//   nothing, another scheme         a stranger: anonymous, or none on a closed site; there a browser that is logged in is
//                                   anonymous too, and no more than that: a cookie, which other sites can make a browser
//                                   send, never gives a right to change anything
//
// What is shown and does not hold is an error, never a stranger: invalid_signature, or missing_authentication for
// bearer tokens. A signature covers what is read, so it does not cover the query of a POST, unless lenient_post_query
// reads that too; then a query that the signature does not cover is dropped.
// Threads: any. The memory of signed requests is shared by all. Source: spec/api.md 2, 6.1.
#pragma once

#include <string>

#include "api/call.h"
#include "api/errors.h"
#include "api/services.h"
#include "auth/nonces.h"
#include "auth/oauth.h"
#include "base/metrics.h"
#include "http/head.h"
#include "io/task.h"

namespace stile::api {

struct IdentifySettings {
  bool site_open = true;            // whether strangers have level anonymous rather than none
  bool lenient_post_query = false;  // whether the query of a POST is read, behind its body
  auth::NonceLimits nonces;
};

// The parameters of a request, by where they stood.
struct Arguments {
  Params form;   // of an urlencoded body, or of the query of a GET
  Params parts;  // of a multipart body: never signed
  Params query;  // of a POST's query, when it is read at all

  enum class Query { counts, dropped };
  Params joined(Query which) const;
};

struct Identity {
  auth::Caller caller;
  std::string bearer;          // the bearer token that was shown, if it was one
  bool query_unsigned = false;  // Arguments::query must not be believed
  std::string consumer_key = {};  // the application's, when the caller came through one
};

class Identifier {
 public:
  // `services` and `clock` outlive the identifier.
  Identifier(const Services& services, IdentifySettings settings, const Clock& clock);

  const IdentifySettings& settings() const { return settings_; }
  auth::Caller stranger() const;
  // A request whose body is read later (multipart, or a bare file) is identified with empty arguments. All parameters
  // outlive the task; `call` is for the log.
  io::Task<Outcome<Identity>> identify(const http::RequestHead& head, const Arguments& arguments, const Call& call);
  const Counter& refused() const { return refused_; }  // what was shown and did not hold
  std::size_t nonces() const { return nonces_.size(); }

  // The two steps of OAuth around the finding of keys, for endpoints that look for other keys.
  // nullopt: nobody claims anything. unauthenticated: malformed.
  static Result<std::optional<auth::OAuthClaim>> read_claim(const http::RequestHead& head, const Arguments& arguments);
  struct Proof {
    auth::OAuthClaim claim;  // what was really signed
    bool query_unsigned = false;
  };
  // Fails with unauthenticated when the claim is not signed with `secrets`, not signed now, or was seen before.
  Result<Proof> prove(auth::OAuthClaim claim, const http::RequestHead& head, const Arguments& arguments,
                      const auth::OAuthSecrets& secrets);

 private:
  struct Keys {
    auth::OAuthSecrets secrets;
    auth::Caller caller;
    bool user_gone = false;
  };
  io::Task<Outcome<Identity>> judge(const http::RequestHead& head, const Arguments& arguments, const Call& call);
  io::Task<Outcome<auth::Caller>> identify_browser(const http::RequestHead& head, const Call& call);
  io::Task<Outcome<Identity>> identify_bearer(std::string token, const Call& call);
  io::Task<Outcome<Identity>> identify_oauth(const http::RequestHead& head, const Arguments& arguments, const Call& call);
  // What the claim should have been signed with; nullopt when there are no such keys (any more).
  io::Task<Result<std::optional<Keys>>> find_keys(std::string consumer_key, std::string token);
  auth::SignedRequest signed_request(const http::RequestHead& head) const;

  const Services& services_;
  const IdentifySettings settings_;
  auth::NonceMemory nonces_;
  Counter refused_;
};

}  // namespace stile::api
