#include "auth/three_legged.h"

#include <algorithm>

namespace stile::auth {
namespace {

constexpr std::size_t kTail = 20;
constexpr std::size_t kSecret = 50;

std::string make_token(Random& random, std::int64_t number) {
  return std::to_string(number) + "-" + random_alphanumeric(random, kTail);
}

std::string escape_low(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string escaped;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    if (plain) {
      escaped.push_back(c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      escaped.append({'%', kDigits[byte >> 4], kDigits[byte & 15]});
    }
  }
  return escaped;
}

}  // namespace

catalog::RequestToken make_request_token(Random& random, std::string consumer_key, std::string callback, WallTime now,
                                         Milliseconds life) {
  catalog::RequestToken request;
  // The number only makes tokens easier to tell apart for people; uniqueness comes from the tail.
  request.token = make_token(random, static_cast<std::int64_t>(100'000 + random_u64(random) % 900'000));
  request.secret = random_alphanumeric(random, kSecret);
  request.consumer_key = std::move(consumer_key);
  request.callback = std::move(callback);
  request.created_at = now;
  request.valid_until = now + life;
  return request;
}

catalog::Grant make_grant(Random& random, std::string consumer_key, std::int64_t user_id, WallTime now) {
  catalog::Grant grant;
  grant.token = make_token(random, user_id);
  grant.secret = random_alphanumeric(random, kSecret);
  grant.consumer_key = std::move(consumer_key);
  grant.user_id = user_id;
  grant.created_at = now;
  return grant;
}

std::string make_verifier(Random& random) { return random_alphanumeric(random, kTail); }

Level granted_level(Level application, const catalog::User& user) {
  return std::min(application, user.site_admin ? Level::admin : Level::write);
}

std::string callback_with(std::string_view callback, const Params& added) {
  const std::size_t hash = std::min(callback.find('#'), callback.size());
  std::string url(callback.substr(0, hash));
  const std::size_t mark = url.find('?');
  char separator = mark == std::string::npos ? '?' : '&';
  if (mark != std::string::npos && (mark + 1 == url.size() || url.ends_with('&')))
    separator = '\0';  // it is there already
  for (const auto& [name, value] : added) {
    if (separator != '\0') url.push_back(separator);
    url.append(name).append("=").append(escape_low(value));
    separator = '&';
  }
  return url.append(callback.substr(hash));
}

}  // namespace stile::auth
