// Percent encoding, UTF-8 and markup: every encoding has a way back, and UTF-8 agrees with the definition.
#include "base/check.h"
#include "base/text.h"
#include "fragments.h"

namespace {

// By the definition: decode a code point, then ask whether it needed that many bytes.
bool is_utf8_by_definition(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = [&](std::size_t k) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[k])); };
    const std::uint32_t first = byte(i);
    const std::size_t length = first < 0x80 ? 1 : first >> 5 == 6 ? 2 : first >> 4 == 14 ? 3 : first >> 3 == 30 ? 4 : 0;
    if (length == 0 || text.size() - i < length) return false;
    std::uint32_t point = length == 1 ? first : first & (0x7fu >> length);
    for (std::size_t k = 1; k < length; ++k) {
      if (byte(i + k) >> 6 != 2) return false;
      point = point << 6 | (byte(i + k) & 63);
    }
    const std::size_t needed = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    if (length != needed || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return false;
    i += length;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stile;
  const std::string_view text = fuzz::as_text(data, size);
  CHECK(is_valid_utf8(text) == is_utf8_by_definition(text));
  CHECK(percent_decode(percent_encode(text), Plus::is_plus) == text);
  CHECK(percent_decode(form_encode(text), Plus::is_space) == text);
  if (const auto plain = percent_decode(text, Plus::is_plus)) {
    CHECK(plain->size() <= text.size());
    CHECK(percent_decode(percent_encode(*plain), Plus::is_plus) == *plain);
  }
  CHECK(escape_markup(text).find_first_of("<>\"'") == std::string::npos);
  return 0;
}
