#include "base/visible.h"

#include "base/text.h"

namespace stile {
namespace {

std::size_t announced_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  return lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
}

bool is_visible(char32_t code) {
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return false;
  if (code >= 0x200b && code <= 0x200f && code != 0x200c && code != 0x200d)
    return false;  // joiners make emoji and Persian
  if (code >= 0x2028 && code <= 0x202e) return false;
  if (code >= 0x2066 && code <= 0x2069) return false;
  return code != 0x061c && code != 0xfeff;
}

}  // namespace

Character first_character(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::string_view whole = text.substr(0, announced_length(lead));
  if (!is_valid_utf8(whole)) return {1, lead, false};
  char32_t code = whole.size() == 1 ? lead : lead & (0x7fu >> whole.size());
  for (const char next : whole.substr(1)) code = code << 6 | (static_cast<unsigned char>(next) & 0x3fu);
  return {whole.size(), code, is_visible(code)};
}

}  // namespace stile
