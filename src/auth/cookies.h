// Cookies, as text. Pure. Source: RFC 6265.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace stile::auth {

// The value of the cookie `name` in a Cookie header; nullopt when it is not there, or there twice: somebody who may set
// cookies for a neighbouring name tries to slip in theirs.
std::optional<std::string_view> cookie_value(std::string_view header, std::string_view name);

enum class CookieScope { http, https };
// Of a Set-Cookie header. Scripts cannot read it, other sites' forms and pictures do not send it, and by `https` it is
// never sent in the clear. `value`: letters and digits. A life of 0 removes it.
std::string set_cookie(std::string_view name, std::string_view value, Milliseconds life, CookieScope scope);

}  // namespace stile::auth
