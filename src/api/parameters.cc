#include "api/parameters.h"

#include <algorithm>
#include <limits>

#include "api/clean_html.h"
#include "api/dates.h"
#include "base/text.h"

namespace stile::api {
namespace {

// Huge numbers are still numbers: they saturate, to be clamped.
std::optional<std::int64_t> saturating_number(std::string_view text) {
  if (const auto number = parse_i64(text)) return number;
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const bool digits = !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  if (!digits) return std::nullopt;
  return negative ? std::numeric_limits<std::int64_t>::min() : std::numeric_limits<std::int64_t>::max();
}

std::string named(std::string_view name, std::string_view words) {
  return std::string(name).append(" ").append(words);
}

}  // namespace

std::optional<std::string_view> ParameterReader::given(std::string_view name) const {
  const auto value = params_.get(name);
  return value && !value->empty() ? value : std::nullopt;
}

void ParameterReader::complain(Code code, std::string message) {
  if (!problem_) problem_ = api::problem(code, std::move(message));
}

std::string ParameterReader::taken(std::string_view name, Result<std::string> result) {
  if (result) return std::move(*result);
  complain(Code::invalid_input, named(name, result.error().message));
  return {};
}

std::string ParameterReader::text(std::string_view name, std::size_t max_bytes) {
  const std::string_view value = given(name).value_or("");
  if (value.size() <= max_bytes) return std::string(value);
  complain(Code::invalid_input, named(name, "is longer than " + std::to_string(max_bytes) + " bytes"));
  return {};
}

std::string ParameterReader::title(std::string_view name, std::size_t max_bytes) {
  return taken(name, strip_markup(text(name, max_bytes)));
}

std::string ParameterReader::description(std::string_view name, std::size_t max_bytes) {
  return taken(name, clean_html(text(name, max_bytes)));
}

bool ParameterReader::flag(std::string_view name, bool fallback) {
  const auto value = given(name);
  if (!value) return fallback;
  const auto flag = parse_flag(*value);
  if (!flag) complain(Code::invalid_input, named(name, "must be 0 or 1"));
  return flag.value_or(fallback);
}

std::int64_t ParameterReader::clamped(std::string_view name, std::int64_t fallback, std::int64_t min,
                                      std::int64_t max) {
  const auto value = given(name);
  if (!value) return fallback;
  const auto number = saturating_number(*value);
  if (!number) complain(Code::invalid_input, named(name, "must be a number"));
  return std::clamp(number.value_or(fallback), min, max);
}

std::int64_t ParameterReader::id(std::string_view name) {
  const auto value = given(name);
  if (!value) return 0;
  const auto number = parse_i64(*value);
  if (number && *number > 0) return *number;
  complain(Code::invalid_input, named(name, "must be a number"));
  return 0;
}

std::optional<WallTime> ParameterReader::date(std::string_view name) {
  const auto value = given(name);
  if (!value) return std::nullopt;
  const auto time = parse_date(*value);
  if (!time) complain(Code::invalid_input, named(name, "must be a date, YYYY-MM-DD HH:MM:SS or ISO 8601"));
  return time;
}

std::string ParameterReader::choice(std::string_view name, std::initializer_list<std::string_view> names) {
  const auto value = given(name);
  if (!value) return std::string(*names.begin());
  std::string chosen = to_lower(*value);
  if (std::ranges::find(names, chosen) != names.end()) return chosen;
  std::string list;
  for (const std::string_view each : names) list.append(list.empty() ? "" : ", ").append(each);
  complain(Code::invalid_input, named(name, "must be one of " + list));
  return std::string(*names.begin());
}

std::optional<bool> ParameterReader::optional_flag(std::string_view name) {
  return given(name) ? std::optional(flag(name, false)) : std::nullopt;
}

Page ParameterReader::page(std::int64_t max) {
  constexpr std::int64_t kLastPage = 1'000'000'000;
  return {.p = clamped("p", 1, 1, kLastPage), .size = clamped("size", 20, 1, max)};
}

catalog::Direction ParameterReader::direction() {
  return choice("order", {"desc", "asc"}) == "asc" ? catalog::Direction::ascending : catalog::Direction::descending;
}

std::string ParameterReader::link(std::string_view name, std::size_t max_bytes) {
  std::string value = text(name, max_bytes);
  if (value.empty()) return value;
  const std::string start = to_lower(std::string_view(value).substr(0, 8));
  const bool web = (start.starts_with("http://") && value.size() > 7) || (start == "https://" && value.size() > 8);
  const bool path = start.starts_with('/') && !start.starts_with("//") && !start.starts_with("/\\");
  const bool clean = std::ranges::none_of(value, [](unsigned char c) { return c <= 0x20 || c == 0x7f; });
  if (clean && (web || path)) return value;
  complain(Code::invalid_input, named(name, "must be an http or https URL"));
  return {};
}

}  // namespace stile::api
