// The three-legged dance of OAuth 1.0a: what it hands out, and what an application may do with it. Pure.
//
//   1. the application asks for a request token, with its own signature
//   2. the user is sent here with it, logs in, says yes, and is sent back with a verifier
//   3. the application exchanges request token and verifier for an access pair
//
// Source: spec/api.md 2.1, 2.4; RFC 5849 section 2.
#pragma once

#include <string>
#include <string_view>

#include "auth/level.h"
#include "base/params.h"
#include "base/random.h"
#include "catalog/grants.h"

namespace stile::auth {

// The callback of applications that cannot be called: the user copies the verifier by hand.
inline constexpr std::string_view kOutOfBand = "oob";

// Tokens "<number>-<20 alphanumerics>", secrets of 50.
catalog::RequestToken make_request_token(Random& random, std::string consumer_key, std::string callback, WallTime now,
                                         Milliseconds life);
catalog::Grant make_grant(Random& random, std::string consumer_key, std::int64_t user_id, WallTime now);
std::string make_verifier(Random& random);  // 20 alphanumerics

// What an application may do for `user`: what it was made for, and no more than the user may. A user may write; a
// site_admin may do what admin may; super is never given away by a click.
Level granted_level(Level application, const catalog::User& user);

// Where the user goes: `callback` with its own query first, then `added`, its fragment last. In values all but
// letters and digits are escaped, with lower-case hex ("-" as "%2d"); names are ours and need none.
std::string callback_with(std::string_view callback, const Params& added);

}  // namespace stile::auth
