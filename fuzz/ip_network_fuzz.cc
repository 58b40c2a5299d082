// IpAddress and IpNetwork: one text per address, and a network holds what shares its first bits, counted one by one.
//
// Input: a network, LF, an address.
#include "base/check.h"
#include "base/ip_network.h"
#include "base/text.h"
#include "fragments.h"

namespace {

using namespace stile;

bool bit_of(const IpAddress& address, std::size_t bit) { return address.bytes()[bit / 8] >> (7 - bit % 8) & 1; }

std::optional<std::array<std::uint8_t, 4>> dotted_quad(std::string_view text) {
  const auto numbers = split(text, '.');
  if (numbers.size() != 4) return std::nullopt;
  std::array<std::uint8_t, 4> bytes{};
  for (std::size_t i = 0; i < 4; ++i) {
    const auto number = parse_u64(numbers[i]);
    if (!number || *number > 255 || (numbers[i].size() > 1 && numbers[i][0] == '0')) return std::nullopt;
    bytes[i] = static_cast<std::uint8_t>(*number);
  }
  return bytes;
}

void check_address(std::string_view text, const std::optional<IpAddress>& address) {
  const auto quad = dotted_quad(text);
  CHECK(!quad || address);
  if (!address) return;
  if (quad) CHECK(address->is_v4() && std::equal(quad->begin(), quad->end(), address->bytes().begin()));
  CHECK(IpAddress::parse(address->text()) == *address);
  CHECK(text.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos);
  if (address->is_v4()) CHECK(IpAddress::parse("::ffff:" + address->text()) == *address);
  CHECK(IpNetwork::parse(text)->contains(*address));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest = fuzz::as_text(data, size);
  const std::string_view range = fuzz::take_line(rest);
  const auto address = IpAddress::parse(rest);
  check_address(rest, address);

  const auto network = IpNetwork::parse(range);
  const std::size_t slash = std::min(range.find('/'), range.size());
  const auto first = IpAddress::parse(range.substr(0, slash));
  if (!first) {
    CHECK(!network);
    return 0;
  }
  check_address(range.substr(0, slash), first);
  const std::size_t most = first->is_v4() ? 32 : 128;
  const std::size_t bits = slash == range.size() ? most : parse_u64(range.substr(slash + 1)).value_or(most + 1);
  bool clean = bits <= most;
  for (std::size_t bit = bits; clean && bit < most; ++bit) clean = !bit_of(*first, bit);
  CHECK(network.has_value() == clean);
  if (!network || !address) return 0;
  bool inside = first->is_v4() == address->is_v4();
  for (std::size_t bit = 0; inside && bit < bits; ++bit) inside = bit_of(*first, bit) == bit_of(*address, bit);
  CHECK(network->contains(*address) == inside);
  return 0;
}
