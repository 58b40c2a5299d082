// The methods that log browsers in on behalf of a back end: user/get-login-token and session/get-token make tokens that
// live for 15 minutes and are good once; user/redeem-login-token and session/redeem-token turn one into a session.
//
//   login token     a session of a user: whoever redeems it is that user on /login and /oauth/authorize
//   session token   a session of a visitor: whoever redeems it may see what is public on a closed site
//
// A redeemed token leads to the return_url that was given when it was made, never to one of the redeem call. Without
// one, and when the token is no good: words in v1, unless `format` asks for the envelope, and the envelope in v2.
// Source: spec/api.md 3.15, 6.22.
#pragma once

#include "api/methods.h"

namespace stile::api {

io::Task<http::Reply> get_login_token(Call call, Format format, const Services& services);       // user_id, return_url
io::Task<http::Reply> get_session_token(Call call, Format format, const Services& services);     // return_url
io::Task<http::Reply> redeem_login_token(Call call, Format format, const Services& services);    // login_token
io::Task<http::Reply> redeem_session_token(Call call, Format format, const Services& services);  // session_token

}  // namespace stile::api
