#include "auth/credentials.h"

#include <algorithm>

#include "auth/bearer.h"
#include "base/text.h"

namespace stile::auth {
namespace {

constexpr std::size_t kKeyTail = 20;
constexpr std::size_t kSecretLength = 50;

std::string make_key(Random& random, std::uint64_t number) {
  return std::to_string(number) + "-" + random_alphanumeric(random, kKeyTail);
}

}  // namespace

NewCredentials make_credentials(Random& random, std::string name, Level level, std::int64_t user_id, WallTime now) {
  NewCredentials made;
  made.bearer_token = random_alphanumeric(random, kBearerLength);
  auto& record = made.record;
  record.name = std::move(name);
  record.level = level;
  record.user_id = user_id;
  // The number only makes keys easier to tell apart for people; uniqueness comes from the tail.
  record.consumer_key = make_key(random, 100'000 + random_u64(random) % 900'000);
  record.consumer_secret = random_alphanumeric(random, kSecretLength);
  record.access_token = make_key(random, static_cast<std::uint64_t>(user_id));
  record.access_token_secret = random_alphanumeric(random, kSecretLength);
  record.bearer_sha256 = bearer_digest(made.bearer_token);
  record.created_at = now;
  return made;
}

bool key_shape(std::string_view key) {
  const std::size_t dash = key.find('-');
  if (dash == std::string_view::npos || !parse_u64(key.substr(0, dash))) return false;
  const std::string_view tail = key.substr(dash + 1);
  return tail.size() == kKeyTail && std::ranges::all_of(tail, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
         });
}

}  // namespace stile::auth
