#include "notify/address_policy.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace stile::notify {
namespace {

using V4 = std::array<std::uint8_t, 4>;
using V6 = std::array<std::uint8_t, 16>;

template <class Address>
struct Prefix {
  Address address;
  int bits;
};

constexpr Prefix<V4> kNotPublicV4[] = {
    {{0}, 8},              // "this network"
    {{10}, 8},             // private
    {{100, 64}, 10},       // carrier-grade NAT
    {{127}, 8},            // loopback
    {{169, 254}, 16},      // link-local; 169.254.169.254 tells cloud credentials
    {{172, 16}, 12},       // private
    {{192, 0, 0}, 24},     // IETF protocol assignments
    {{192, 0, 2}, 24},     // documentation
    {{192, 88, 99}, 24},   // 6to4 relays, withdrawn
    {{192, 168}, 16},      // private
    {{198, 18}, 15},       // benchmarking
    {{198, 51, 100}, 24},  // documentation
    {{203, 0, 113}, 24},   // documentation
    {{224}, 4},            // multicast
    {{240}, 4},            // reserved, and 255.255.255.255
};

// What IPv6 calls global is 2000::/3; everything outside (::, ::1, fc00::/7, fe80::/10, fec0::/10, ff00::/8, …) is
// refused because it is not in this prefix, and so is whatever will be set aside there one day.
constexpr Prefix<V6> kGlobalV6 = {{0x20}, 3};
constexpr Prefix<V6> kNotPublicV6[] = {
    {{0x20, 0x01, 0x00}, 23},        // protocol assignments: Teredo, benchmarking, ORCHID
    {{0x20, 0x01, 0x0d, 0xb8}, 32},  // documentation
    {{0x3f, 0xff, 0x00}, 20},        // documentation
};

// An IPv4 address inside an IPv6 one: that is where the packet goes in the end.
struct Embedding {
  Prefix<V6> prefix;
  std::size_t offset;  // of the IPv4 address, in bytes
};
constexpr Embedding kEmbeddings[] = {
    {{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96}, 12},  // ::ffff:0:0/96, IPv4-mapped
    {{{0x00, 0x64, 0xff, 0x9b}, 96}, 12},                    // 64:ff9b::/96, NAT64
    {{{0x20, 0x02}, 16}, 2},                                 // 2002::/16, 6to4
};

template <class Address>
constexpr bool within(const Address& address, const Prefix<Address>& prefix) {
  for (int bit = 0; bit < prefix.bits; bit += 8) {
    const auto index = static_cast<std::size_t>(bit / 8);
    const int left = std::min(8, prefix.bits - bit);
    const auto mask = static_cast<std::uint8_t>(0xff << (8 - left));
    if ((address[index] ^ prefix.address[index]) & mask) return false;
  }
  return true;
}

bool is_public(const V4& address) {
  return std::ranges::none_of(kNotPublicV4, [&](const auto& prefix) { return within(address, prefix); });
}

bool is_public(const V6& address) {
  for (const auto& [prefix, offset] : kEmbeddings) {
    if (!within(address, prefix)) continue;
    V4 inner;
    std::memcpy(inner.data(), address.data() + offset, inner.size());
    return is_public(inner);
  }
  return within(address, kGlobalV6) &&
         std::ranges::none_of(kNotPublicV6, [&](const auto& prefix) { return within(address, prefix); });
}

}  // namespace

bool is_public_address(const std::string& address) {
  if (address.contains('\0')) return false;  // inet_pton would judge what stands before it
  if (V4 v4; inet_pton(AF_INET, address.c_str(), v4.data()) == 1) return is_public(v4);
  if (V6 v6; inet_pton(AF_INET6, address.c_str(), v6.data()) == 1) return is_public(v6);
  return false;
}

}  // namespace stile::notify
