#include "http/range.h"

#include <algorithm>

#include "base/text.h"

namespace stile::http {
namespace {

// 1*DIGIT; a number beyond 64 bits is still well-formed and only means "far behind the end".
std::optional<std::uint64_t> parse_position(std::string_view digits) {
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  return parse_u64(digits).value_or(UINT64_MAX);
}

}  // namespace

RangeAnswer choose_range(std::optional<std::string_view> header, std::uint64_t size) {
  using Kind = RangeAnswer::Kind;
  constexpr std::string_view kUnit = "bytes=";
  if (!header || header->size() < kUnit.size() || !iequals(header->substr(0, kUnit.size()), kUnit)) return {};
  const std::string_view spec = trim(header->substr(kUnit.size()));
  const std::size_t dash = spec.find('-');
  if (dash == std::string_view::npos) return {};
  const std::string_view first_text = spec.substr(0, dash), last_text = spec.substr(dash + 1);

  if (first_text.empty()) {  // "-n": the last n bytes
    const auto length = parse_position(last_text);
    if (!length) return {};
    if (*length == 0) return {Kind::unsatisfiable, {}};
    if (size == 0) return {};  // all of nothing; a 206 cannot say that
    return {Kind::part, {size - std::min(*length, size), size}};
  }
  const auto first = parse_position(first_text);
  const auto last = last_text.empty() ? std::optional(UINT64_MAX) : parse_position(last_text);
  if (!first || !last || *last < *first) return {};
  if (*first >= size) return {Kind::unsatisfiable, {}};
  return {Kind::part, {*first, std::min(*last, size - 1) + 1}};
}

}  // namespace stile::http
