// Keyed digests that the wire asks for. Pure. Source: RFC 2104, RFC 5849 3.4.2.
#pragma once

#include <array>
#include <string_view>

#include "base/bytes.h"

namespace stile::auth {

std::array<std::byte, 20> hmac_sha1(std::string_view key, std::string_view text);

}  // namespace stile::auth
