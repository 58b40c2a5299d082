// Tokens of objects: whoever shows a photo's or an album's own token may see it, at any level. Pure.
//
// A photo's links may also carry a token that ends: "<hex HMAC-SHA1>-<epoch>", keyed with the photo's own token over
// the text "expire<epoch>photo_id<id>". It holds up to and including the second <epoch>.
// Source: spec/api.md 2.2.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace stile::auth {

// Whether `shown` opens what `secret` guards. An empty secret opens to nothing. Compares in constant time.
bool object_token_fits(std::string_view shown, std::string_view secret);
// The same, or a time-limited token of this photo that has not ended at `now`.
bool photo_token_fits(std::string_view shown, std::string_view secret, std::int64_t photo_id, WallTime now);

std::string time_limited_token(std::string_view secret, std::int64_t photo_id, std::int64_t expire_epoch);

}  // namespace stile::auth
