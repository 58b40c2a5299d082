// Lists of content types with wildcards, as text: "image/jpeg, video/*". Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stile {

// "image/jpeg" or "image/*": lower case, without parameters.
bool is_media_range(std::string_view text);
// The entries of a comma-separated list, trimmed and in lower case, without repetitions; nullopt when one of them is no
// media range. An empty text gives no entries.
std::optional<std::vector<std::string>> parse_media_ranges(std::string_view text);
std::string join_media_ranges(const std::vector<std::string>& ranges);

// Whether `range` covers all of `narrower`, which may be a type or a range itself.
bool covers(std::string_view range, std::string_view narrower);

}  // namespace stile
