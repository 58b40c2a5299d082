#include "auth/object_token.h"

#include "auth/hmac.h"
#include "base/text.h"

namespace stile::auth {

bool object_token_fits(std::string_view shown, std::string_view secret) {
  return !secret.empty() && constant_time_equal(shown, secret);
}

bool photo_token_fits(std::string_view shown, std::string_view secret, std::int64_t photo_id, WallTime now) {
  if (object_token_fits(shown, secret)) return true;
  const std::size_t dash = shown.find('-');
  if (secret.empty() || dash == std::string_view::npos) return false;
  const auto expire = parse_i64(shown.substr(dash + 1));
  if (!expire || *expire < epoch_seconds(now)) return false;
  return constant_time_equal(shown, time_limited_token(secret, photo_id, *expire));
}

std::string time_limited_token(std::string_view secret, std::int64_t photo_id, std::int64_t expire_epoch) {
  const std::string epoch = std::to_string(expire_epoch);
  return hex_encode(hmac_sha1(secret, "expire" + epoch + "photo_id" + std::to_string(photo_id))) + "-" + epoch;
}

}  // namespace stile::auth
