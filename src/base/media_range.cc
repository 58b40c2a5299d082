#include "base/media_range.h"

#include <algorithm>

#include "base/text.h"

namespace stile {

bool is_media_range(std::string_view text) {
  const auto parts = split(text, '/');
  const auto is_name = [](std::string_view part) {
    return !part.empty() && std::ranges::all_of(part, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '+' || c == '-';
    });
  };
  return parts.size() == 2 && is_name(parts[0]) && (parts[1] == "*" || is_name(parts[1]));
}

std::optional<std::vector<std::string>> parse_media_ranges(std::string_view text) {
  std::vector<std::string> ranges;
  if (trim(text).empty()) return ranges;
  for (const std::string_view piece : split(text, ',')) {
    std::string range = to_lower(trim(piece));
    if (!is_media_range(range)) return std::nullopt;
    if (std::ranges::find(ranges, range) == ranges.end()) ranges.push_back(std::move(range));
  }
  return ranges;
}

std::string join_media_ranges(const std::vector<std::string>& ranges) {
  std::string text;
  for (const std::string& range : ranges) text.append(text.empty() ? "" : ", ").append(range);
  return text;
}

bool covers(std::string_view range, std::string_view narrower) {
  if (range == narrower) return true;
  return range.ends_with("/*") && narrower.starts_with(range.substr(0, range.size() - 1));
}

}  // namespace stile
