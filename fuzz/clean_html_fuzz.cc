// clean_html and strip_markup: what comes out holds nothing but the safe subset, also when it is cleaned again.
#include <algorithm>
#include <array>

#include "api/clean_html.h"
#include "base/check.h"
#include "base/text.h"
#include "fragments.h"

namespace {

using namespace stile;

constexpr std::array<std::string_view, 17> kTags{"p",  "br", "b",  "i",  "em", "strong", "ul", "ol",        "li",
                                                 "h1", "h2", "h3", "h4", "h5", "h6",     "a",  "blockquote"};

// Reads a start or end tag as the writer spells it; nothing else may begin with '<'.
void check_tag(std::string_view tag) {
  const bool closing = tag.starts_with('/');
  if (closing) tag.remove_prefix(1);
  const std::string_view name = tag.substr(0, tag.find(' '));
  CHECK(std::ranges::find(kTags, name) != kTags.end());
  if (name.size() == tag.size()) return;
  CHECK(!closing && name == "a");
  std::string_view attribute = tag.substr(2);
  CHECK(attribute.starts_with("href=\"") && attribute.ends_with('"') && attribute.size() > 6);
  const std::string_view target = attribute.substr(6, attribute.size() - 7);
  CHECK(target.find_first_of("\"<> \t\r\n") == std::string_view::npos);
  const std::string start = to_lower(target.substr(0, 8));
  CHECK(start.starts_with("http://") || start == "https://" || start.starts_with("mailto:"));
}

void check_subset(std::string_view html) {
  CHECK(is_valid_utf8(html));
  for (std::size_t at = html.find('<'); at != std::string_view::npos; at = html.find('<', at + 1)) {
    const std::size_t end = html.find('>', at);
    CHECK(end != std::string_view::npos);
    check_tag(html.substr(at + 1, end - at - 1));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::as_text(data, size);
  if (!is_valid_utf8(text) || text.contains('\0')) return 0;  // a parameter never is (http/head.h, base/text.h)

  const auto plain = api::strip_markup(text);
  const auto clean = api::clean_html(text);
  if (!plain) CHECK(plain.error().code == Errc::invalid_input);
  if (!clean) CHECK(clean.error().code == Errc::invalid_input);
  if (plain) {
    CHECK(is_valid_utf8(*plain) && *plain == trim(*plain));
    CHECK(std::ranges::none_of(*plain, [](unsigned char c) { return c < 0x20 || c == 0x7f; }));
  }
  if (!clean) return 0;
  if (!text.contains('<')) CHECK(*clean == text);
  check_subset(*clean);
  const auto again = api::clean_html(*clean);
  CHECK(again.has_value());
  check_subset(*again);
  return 0;
}
