#include "base/ip_network.h"

#include <arpa/inet.h>

#include <algorithm>

#include "base/text.h"

namespace stile {
namespace {

constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

// Whether the first `bits` of both are the same.
bool same_prefix(const IpAddress& a, const IpAddress& b, int bits) {
  for (int bit = 0; bit < bits; bit += 8) {
    const auto index = static_cast<std::size_t>(bit / 8);
    const auto mask = static_cast<std::uint8_t>(0xff << (8 - std::min(8, bits - bit)));
    if (((a.bytes()[index] ^ b.bytes()[index]) & mask) != 0) return false;
  }
  return true;
}

bool is_zero_behind(const IpAddress& address, int bits) {
  for (int bit = bits; bit < (address.is_v4() ? 32 : 128); ++bit)
    if ((address.bytes()[static_cast<std::size_t>(bit / 8)] >> (7 - bit % 8) & 1) != 0) return false;
  return true;
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.empty() || text.size() > INET6_ADDRSTRLEN || text.contains('\0')) return std::nullopt;
  const std::string terminated(text);
  IpAddress address;
  if (::inet_pton(AF_INET, terminated.c_str(), address.bytes_.data()) == 1) return address;
  if (::inet_pton(AF_INET6, terminated.c_str(), address.bytes_.data()) != 1) return std::nullopt;
  if (std::equal(kMapped.begin(), kMapped.end(), address.bytes_.begin())) {
    std::copy(address.bytes_.begin() + 12, address.bytes_.end(), address.bytes_.begin());
    std::fill(address.bytes_.begin() + 4, address.bytes_.end(), std::uint8_t{0});
    return address;
  }
  address.v4_ = false;
  return address;
}

std::string IpAddress::text() const {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  ::inet_ntop(v4_ ? AF_INET : AF_INET6, bytes_.data(), buffer.data(), buffer.size());
  return buffer.data();
}

std::optional<IpNetwork> IpNetwork::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  const int most = address->is_v4() ? 32 : 128;
  IpNetwork network;
  network.first_ = *address;
  network.bits_ = most;
  if (slash == std::string_view::npos) return network;
  const auto bits = parse_u64(text.substr(slash + 1));
  if (!bits || *bits > static_cast<std::uint64_t>(most)) return std::nullopt;
  network.bits_ = static_cast<int>(*bits);
  if (!is_zero_behind(*address, network.bits_)) return std::nullopt;
  return network;
}

bool IpNetwork::contains(const IpAddress& address) const {
  return address.is_v4() == first_.is_v4() && same_prefix(address, first_, bits_);
}

}  // namespace stile
