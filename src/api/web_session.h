// Sessions of browsers: the cookie that names one, and the key by which our own forms are known as ours.
//
//   cookie   stile_session=<64 hex>, by https __Host-stile_session: then no neighbouring name can have set it
//   catalog  its SHA-256
//   form     a hidden field with a digest of the cookie: another site can send our form, but cannot know that
//
// Who is not logged in has a cookie of another name for the form that logs in, so that nobody can be logged in as
// somebody else unawares. Source: spec/api.md 2.1, 2.4.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"
#include "catalog/logins.h"
#include "http/head.h"
#include "http/reply.h"

namespace stile::api {

enum class Cookie { session, form };

// The value of the browser's cookie, if it has the shape of ours.
std::optional<std::string> cookie_of(const http::RequestHead& head, Cookie cookie);
void set_cookie(http::Reply& reply, Cookie cookie, std::string_view value, Milliseconds life, http::Scheme scheme);
void remove_cookie(http::Reply& reply, Cookie cookie, http::Scheme scheme);

std::string make_cookie_value(Random& random);  // 256 bits in hex
// What the catalog keeps of a cookie's value, or of a login token.
std::string kept_of(std::string_view secret);
// The hidden field of forms that are shown to the browser with that cookie.
std::string form_key(std::string_view cookie_value);
bool form_key_fits(std::string_view shown, std::string_view cookie_value);  // constant time

struct NewSession {
  std::string cookie_value;
  catalog::LoginSession record;
};
NewSession make_session(Random& random, std::int64_t user_id, WallTime now, Milliseconds life);

}  // namespace stile::api
