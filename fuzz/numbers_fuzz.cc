// Numbers: parse_u64, parse_i64 and parse_flag read what the definition says; what human_size says fits.
#include <array>

#include "base/check.h"
#include "base/human_size.h"
#include "base/text.h"
#include "fragments.h"

namespace {

// The number, with anything above 2^64 as 2^64; nullopt for what is not all digits.
std::optional<unsigned __int128> digits_by_definition(std::string_view text) {
  constexpr unsigned __int128 kTooLarge = static_cast<unsigned __int128>(1) << 64;
  unsigned __int128 number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = std::min(kTooLarge, number * 10 + static_cast<unsigned>(c - '0'));
  }
  return text.empty() ? std::nullopt : std::optional(number);
}

void check_u64(std::string_view text) {
  const auto expected = digits_by_definition(text);
  const auto number = stile::parse_u64(text);
  CHECK(number.has_value() == (expected && *expected >> 64 == 0));
  CHECK(!number || *number == *expected);
  CHECK(!number || stile::parse_u64(std::to_string(*number)) == number);
}

void check_i64(std::string_view text) {
  const bool negative = text.starts_with('-');
  const auto expected = digits_by_definition(text.substr(negative ? 1 : 0));
  const auto most = (static_cast<unsigned __int128>(1) << 63) - (negative ? 0 : 1);
  const auto number = stile::parse_i64(text);
  CHECK(number.has_value() == (expected && *expected <= most));
  if (number) CHECK(static_cast<__int128>(*number) == static_cast<__int128>(*expected) * (negative ? -1 : 1));
}

void check_flag(std::string_view text) {
  constexpr std::array<std::string_view, 4> kYes{"1", "t", "true", "yes"}, kNo{"0", "f", "false", "no"};
  const std::string lower = stile::to_lower(text);
  const bool yes = std::ranges::find(kYes, lower) != kYes.end(), no = std::ranges::find(kNo, lower) != kNo.end();
  CHECK(stile::parse_flag(text) == (yes ? std::optional(true) : no ? std::optional(false) : std::nullopt));
}

// Whatever is shown is never more than there is, and less than one unit of its last figure below it.
void check_size(std::uint64_t bytes) {
  const std::string text = stile::human_size(bytes);
  const auto words = stile::split(text, ' ');
  CHECK(words.size() == 2);
  constexpr std::array<std::string_view, 5> kUnits{"bytes", "KB", "MB", "GB", "TB"};
  const auto unit = std::ranges::find(kUnits, words[1]);
  CHECK(unit != kUnits.end());
  const unsigned __int128 scale = static_cast<unsigned __int128>(1) << (10 * (unit - kUnits.begin()));
  const auto figures = stile::split(words[0], '.');
  CHECK(figures.size() <= 2);
  const unsigned __int128 tenths = *stile::parse_u64(figures[0]) * static_cast<unsigned __int128>(10) +
                                   (figures.size() == 2 ? *stile::parse_u64(figures[1]) : 0);
  CHECK(tenths * scale <= static_cast<unsigned __int128>(bytes) * 10);
  CHECK((tenths + 10) * scale > static_cast<unsigned __int128>(bytes) * 10);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = stile::fuzz::as_text(data, size);
  check_u64(text);
  check_i64(text);
  check_flag(text);
  check_size(stile::parse_u64(text).value_or(size));
  return 0;
}
