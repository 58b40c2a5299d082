// The one table of content types: extension and the words a person is told.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace stile::media {

struct TypeInfo {
  std::string_view content_type;
  std::string_view extension;
  std::string_view one;   // "a JPEG image"
  std::string_view many;  // "JPEG images"
};

std::span<const TypeInfo> type_table();
const TypeInfo* find_type(std::string_view content_type);  // null when it is not ours

// "Photos, videos and MP3 files are accepted." from a list of types and classes.
std::string accepted_sentence(const std::vector<std::string>& accepted);

}  // namespace stile::media
