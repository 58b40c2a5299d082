#include "auth/cookies.h"

#include "base/text.h"

namespace stile::auth {

std::optional<std::string_view> cookie_value(std::string_view header, std::string_view name) {
  std::optional<std::string_view> found;
  for (const std::string_view piece : split(header, ';')) {
    const std::string_view pair = trim(piece);
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || pair.substr(0, equals) != name) continue;
    if (found) return std::nullopt;
    found = pair.substr(equals + 1);
  }
  return found;
}

std::string set_cookie(std::string_view name, std::string_view value, Milliseconds life, CookieScope scope) {
  std::string text(name);
  text.append("=").append(value).append("; Path=/; Max-Age=");
  text += std::to_string(std::chrono::floor<Seconds>(life).count());
  text += "; HttpOnly; SameSite=Lax";
  if (scope == CookieScope::https) text += "; Secure";
  return text;
}

}  // namespace stile::auth
