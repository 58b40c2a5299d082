// The signature of what is sent to webhooks and pingbacks: proof that it comes from this server, now.
//
//   Stile-Signature: t=<unix seconds>,v1=<lower-case hex of HMAC-SHA256(secret, "<t>.<body>")>
//
// The time is that of the attempt, so that a receiver can refuse what is old; a repeat has a signature of its own.
// Pure. Source: RFC 2104; docs/api.md has a worked example.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"

namespace stile::notify {

// The header's value.
std::string signature_of(std::string_view secret, WallTime now, std::string_view body);

}  // namespace stile::notify
