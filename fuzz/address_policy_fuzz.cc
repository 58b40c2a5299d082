// is_public_address: the same as the registries say, written as networks; and of an inner address what it is outside.
//
// Input: an address as text; four or sixteen bytes are one as well.
#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/ip_network.h"
#include "fragments.h"
#include "notify/address_policy.h"

namespace {

using namespace stile;

bool within(const IpAddress& address, std::initializer_list<const char*> networks) {
  return std::ranges::any_of(networks, [&](const char* text) { return IpNetwork::parse(text)->contains(address); });
}

IpAddress v4_at(const IpAddress& address, std::size_t offset) {
  std::string text;
  for (std::size_t i = 0; i < 4; ++i) text += (i == 0 ? "" : ".") + std::to_string(address.bytes()[offset + i]);
  return *IpAddress::parse(text);
}

bool is_public_by_registry(const IpAddress& address) {
  if (address.is_v4())
    return !within(address, {"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
                             "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
                             "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"});
  if (within(address, {"64:ff9b::/96"})) return is_public_by_registry(v4_at(address, 12));
  if (within(address, {"2002::/16"})) return is_public_by_registry(v4_at(address, 2));
  return within(address, {"2000::/3"}) && !within(address, {"2001::/23", "2001:db8::/32", "3fff::/20"});
}

void check(const std::string& text) {
  const auto address = IpAddress::parse(text);
  CHECK(notify::is_public_address(text) == (address && is_public_by_registry(*address)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check(std::string(fuzz::as_text(data, size)));
  if (size == 4 || size == 16) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    check(::inet_ntop(size == 4 ? AF_INET : AF_INET6, data, text.data(), text.size()));
  }
  return 0;
}
