// Passwords as they are kept: "scrypt$<log2 N>$<r>$<p>$<salt, base64>$<hash, base64>". The costs stand in the text, so
// that they can be raised without asking anybody to choose a new password.
//
// Blocking: both functions work for about 50 ms and take 16 MiB, by design.
#pragma once

#include <string>
#include <string_view>

#include "base/random.h"

namespace stile::auth {

inline constexpr std::size_t kMinPassword = 8;
inline constexpr std::size_t kMaxPassword = 1'000;  // bytes

// What stands in the place of a kept text where there is none, so that looking takes as long. No password has it: its
// hash is zeroes.
inline constexpr std::string_view kNobodysPassword =
    "scrypt$14$8$1$bm9ib2R5J3Mgc2FsdC4uLg==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

std::string hash_password_blocking(std::string_view password, Random& random);
// False for text that we did not write, and for the empty text of somebody who has no password.
bool check_password_blocking(std::string_view password, std::string_view kept);

}  // namespace stile::auth
