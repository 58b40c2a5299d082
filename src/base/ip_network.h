// IpAddress, IpNetwork: numeric addresses of both families as values that compare, and ranges of them. Pure and strict.
//
// An IPv4 address inside an IPv6 one (::ffff:192.0.2.1, as a socket for both families shows it) is the IPv4 address.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace stile {

class IpAddress {
 public:
  // "192.0.2.1", "2001:db8::1"; no brackets, port, zone or leading zeros. nullopt for anything else.
  static std::optional<IpAddress> parse(std::string_view text);

  std::string text() const;
  bool is_v4() const { return v4_; }
  // Most significant first; of IPv4 the first four.
  const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  bool operator==(const IpAddress&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
  bool v4_ = true;
};

class IpNetwork {
 public:
  // "10.0.0.0/8", "fd00::/8", or an address alone. nullopt for anything else, and when bits are set behind the prefix:
  // that is most often a mistake about which network is meant.
  static std::optional<IpNetwork> parse(std::string_view text);

  bool contains(const IpAddress& address) const;

 private:
  IpAddress first_;
  int bits_ = 0;
};

}  // namespace stile
