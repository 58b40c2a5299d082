// Making an application's keys. Pure: the caller stores the record and shows the secrets once.
// Source: spec/api.md 2.3 (alphanumeric secrets only, because clients do not percent-encode them), 2.4, 2.5.
#pragma once

#include <string>
#include <string_view>

#include "auth/level.h"
#include "base/random.h"

namespace stile::auth {

struct NewCredentials {
  catalog::Credentials record;  // what the catalog keeps; has only the bearer token's digest
  std::string bearer_token;     // 64 alphanumerics; cannot be had again
};

// consumer_key "<six digits>-<20 alphanumerics>", access_token "<user_id>-<20 alphanumerics>", secrets of 50.
NewCredentials make_credentials(Random& random, std::string name, Level level, std::int64_t user_id, WallTime now);

// Whether `key` has the shape "<number>-<20 alphanumerics>" of consumer keys and access tokens.
bool key_shape(std::string_view key);

}  // namespace stile::auth
