// Tags as people type them: words, or "several words" in quotes, separated by spaces or commas.
//
// The text is kept as it was given; what can be searched is the folded tag, so that "Oslo" and "oslo" are one.
// Bounds: kMaxTags tags of kMaxTagBytes each; what is beyond is left out. Source: spec/api.md 3.1, 6.8.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stile {

inline constexpr std::size_t kMaxTags = 200;
inline constexpr std::size_t kMaxTagBytes = 200;

// In order, without repetitions of the folded form; a quote that is never closed ends with the text.
std::vector<std::string> split_tags(std::string_view text);

// The form under which a tag is found: ASCII letters in lower case.
std::string fold_tag(std::string_view tag);

}  // namespace stile
