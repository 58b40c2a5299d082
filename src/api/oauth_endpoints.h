// The two ends of the three-legged dance that applications call: /oauth/request_token and /oauth/access_token.
//
// GET and POST; parameters in header, urlencoded body or query, as RFC 5849 has it: also of a POST the query counts
// here. Answers are application/x-www-form-urlencoded; errors have status 401 and `error=<words>`, or 503 when the same
// request may succeed later. The middle of the dance, where people are, is account_pages.h.
// Source: spec/api.md 2.3, 2.4.
#pragma once

#include "api/identify.h"
#include "api/services.h"
#include "http/server.h"

namespace stile::api {

class OAuthEndpoints {
 public:
  // All outlive it.
  OAuthEndpoints(const Services& services, Identifier& identifier, const Clock& clock)
      : services_(services), identifier_(identifier), clock_(clock) {}

  static bool serves(std::string_view path);
  io::Task<http::Reply> handle(http::Request& request);

 private:
  struct Signed {
    catalog::Credentials credentials;
    Params params;  // what was signed
  };
  // Who signed, with the application's secret and `token_secret`.
  io::Task<Result<Signed>> judge(auth::OAuthClaim claim, const http::RequestHead& head, const Arguments& arguments,
                                 std::string token_secret);
  io::Task<Result<Params>> request_token(auth::OAuthClaim claim, const http::RequestHead& head,
                                         const Arguments& arguments);
  io::Task<Result<Params>> access_token(auth::OAuthClaim claim, const http::RequestHead& head,
                                        const Arguments& arguments);

  const Services& services_;
  Identifier& identifier_;
  const Clock& clock_;
};

}  // namespace stile::api
