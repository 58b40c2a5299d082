#include "base/tag_list.h"

#include <algorithm>
#include <set>

#include "base/text.h"

namespace stile {

namespace {

bool separates(char c) { return c == ',' || c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Takes the next tag off the front of `text`.
std::string take_tag(std::string_view& text) {
  std::string tag;
  bool quoted = false;
  while (!text.empty()) {
    const char c = text.front();
    if (!quoted && separates(c)) break;
    text.remove_prefix(1);
    if (c == '"')
      quoted = !quoted;
    else
      tag.push_back(separates(c) && c != ',' ? ' ' : c);
  }
  return std::string(trim(tag));
}

// Cut between characters, not inside one; a space may then be the last that is left.
void shorten(std::string& tag) {
  if (tag.size() <= kMaxTagBytes) return;
  std::size_t end = kMaxTagBytes;
  while (end > 0 && (static_cast<unsigned char>(tag[end]) & 0xc0) == 0x80) --end;
  tag = std::string(trim(std::string_view(tag).substr(0, end)));
}

}  // namespace

std::vector<std::string> split_tags(std::string_view text) {
  std::vector<std::string> tags;
  std::set<std::string> seen;
  while (!text.empty() && tags.size() < kMaxTags) {
    if (separates(text.front())) {
      text.remove_prefix(1);
      continue;
    }
    std::string tag = take_tag(text);
    shorten(tag);
    if (!tag.empty() && seen.insert(fold_tag(tag)).second) tags.push_back(std::move(tag));
  }
  return tags;
}

std::string fold_tag(std::string_view tag) { return to_lower(tag); }

}  // namespace stile
