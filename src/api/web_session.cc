#include "api/web_session.h"

#include <algorithm>

#include "auth/cookies.h"
#include "base/text.h"

namespace stile::api {
namespace {

constexpr std::size_t kValue = 64;

std::string name_of(Cookie cookie, http::Scheme scheme) {
  const std::string front = scheme == http::Scheme::https ? "__Host-" : "";
  return front + (cookie == Cookie::session ? "stile_session" : "stile_form");
}

auth::CookieScope scope_of(http::Scheme scheme) {
  return scheme == http::Scheme::https ? auth::CookieScope::https : auth::CookieScope::http;
}

bool has_shape(std::string_view value) {
  return value.size() == kValue &&
         std::ranges::all_of(value, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

std::optional<std::string> cookie_of(const http::RequestHead& head, Cookie cookie) {
  const auto value = auth::cookie_value(head.header("cookie").value_or(""), name_of(cookie, head.scheme));
  if (!value || !has_shape(*value)) return std::nullopt;
  return std::string(*value);
}

void set_cookie(http::Reply& reply, Cookie cookie, std::string_view value, Milliseconds life, http::Scheme scheme) {
  reply.set("Set-Cookie", auth::set_cookie(name_of(cookie, scheme), value, life, scope_of(scheme)));
}

void remove_cookie(http::Reply& reply, Cookie cookie, http::Scheme scheme) {
  set_cookie(reply, cookie, "", Milliseconds(0), scheme);
}

std::string make_cookie_value(Random& random) { return random_hex(random, kValue); }
std::string kept_of(std::string_view secret) { return sha256_hex(secret); }
std::string form_key(std::string_view cookie_value) { return sha256_hex("form of " + std::string(cookie_value)); }
bool form_key_fits(std::string_view shown, std::string_view cookie_value) {
  return constant_time_equal(shown, form_key(cookie_value));
}

NewSession make_session(Random& random, std::int64_t user_id, WallTime now, Milliseconds life) {
  NewSession made;
  made.cookie_value = make_cookie_value(random);
  made.record = {
      .id_sha256 = kept_of(made.cookie_value), .user_id = user_id, .created_at = now, .valid_until = now + life};
  return made;
}

}  // namespace stile::api
