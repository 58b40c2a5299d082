// split_tags: bounded, each tag once, and written down in quotes they come back as they are.
#include <set>

#include "base/check.h"
#include "base/tag_list.h"
#include "base/text.h"
#include "fragments.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stile;
  const std::string_view text = fuzz::as_text(data, size);
  const bool is_text = is_valid_utf8(text);
  const auto tags = split_tags(text);
  CHECK(tags.size() <= kMaxTags);
  std::set<std::string> folded;
  std::string written;
  for (const std::string& tag : tags) {
    CHECK(!tag.empty() && tag.size() <= kMaxTagBytes && tag == trim(tag));
    CHECK(tag.find_first_of("\"\t\r\n") == std::string::npos);
    CHECK(!is_text || is_valid_utf8(tag));
    CHECK(folded.insert(fold_tag(tag)).second);
    written.append(written.empty() ? "\"" : ", \"").append(tag).append("\"");
  }
  CHECK(split_tags(written) == tags);
  return 0;
}
