#include "dialects/data_url.h"

#include <cstdint>

#include "base/check.h"
#include "base/text.h"

namespace stile::dialects {
namespace {

constexpr std::size_t kMaxPrefix = 256;

constexpr std::array<std::int8_t, 256> make_table() {
  std::array<std::int8_t, 256> table{};
  table.fill(-1);
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < digits.size(); ++i)
    table[static_cast<unsigned char>(digits[i])] = static_cast<std::int8_t>(i);
  return table;
}
constexpr auto kDigit = make_table();

std::unexpected<Error> malformed() { return fail(Errc::invalid_input, "the file field is not a base64 data: URL"); }

}  // namespace

Result<std::size_t> DataUrlDecoder::decode(Bytes text, MutableBytes out) {
  std::size_t at = 0;
  while (state_ == State::prefix && at < text.size()) {
    const char c = static_cast<char>(text[at++]);
    if (c == ',') {
      const std::string lower = to_lower(prefix_);
      if (!lower.starts_with("data:") || !lower.ends_with(";base64")) return malformed();
      state_ = State::data;
    } else if (prefix_.push_back(c); prefix_.size() > kMaxPrefix) {
      return malformed();
    }
  }
  std::size_t made = 0;
  for (; at < text.size(); ++at) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (c == '=') {
      // Padding completes a group of four: two digits want two, three want one.
      if (digits_ + padding_ < 2 || ++padding_ + digits_ > 4 || digits_ < 2) return malformed();
      state_ = State::padding;
      continue;
    }
    const int digit = kDigit[c];
    if (digit < 0 || state_ == State::padding) return malformed();
    bits_ = (bits_ << 6) | static_cast<std::uint32_t>(digit);
    if (++digits_ < 4) continue;
    CHECK(made + 3 <= out.size());
    out[made++] = static_cast<std::byte>(bits_ >> 16);
    out[made++] = static_cast<std::byte>(bits_ >> 8);
    out[made++] = static_cast<std::byte>(bits_);
    bits_ = 0;
    digits_ = 0;
  }
  // The digits before complete padding hold the last one or two bytes.
  if (padding_ > 0 && digits_ + padding_ == 4) {
    made += flush(out.subspan(made));
    padding_ = 4;  // nothing may follow
  }
  return made;
}

std::size_t DataUrlDecoder::flush(MutableBytes out) {
  const int count = digits_ - 1;
  bits_ <<= 6 * (4 - digits_);
  for (int i = 0; i < count; ++i) out[static_cast<std::size_t>(i)] = static_cast<std::byte>(bits_ >> (16 - 8 * i));
  digits_ = 0;
  return static_cast<std::size_t>(count);
}

Result<std::size_t> DataUrlDecoder::finish(MutableBytes out) {
  if (state_ == State::prefix || digits_ == 1 || (state_ == State::padding && digits_ != 0)) return malformed();
  return digits_ == 0 ? 0 : flush(out);
}

}  // namespace stile::dialects
