// Which network addresses a stranger's URL may make Stile call (SSRF).
//
// Judged by the numeric address that is about to be connected to, never by name: whatever a name resolved to, and
// however the address was spelt, is what is checked. Pure.
// Source: the IANA special-purpose address registries (RFC 6890).
#pragma once

#include <string>

namespace stile::notify {

// Loopback, private, link-local (the cloud metadata address with it), unique-local, multicast, unspecified,
// carrier-grade NAT, documentation, benchmarking and reserved addresses are refused, and the IPv4-mapped, NAT64 and
// 6to4 forms of them, unless `allow_private`.
struct AddressPolicy {
  bool allow_private = false;
};

// `address`: numeric IPv4 ("192.0.2.1") or IPv6 ("2001:db8::1"), as inet_ntop writes it. False for anything else.
bool is_public_address(const std::string& address);

}  // namespace stile::notify
