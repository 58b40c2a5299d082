// cookie_value: the cookie that is there once, wherever it stands; never one that is there twice.
//
// Input: the name, LF, a Cookie header.
#include "auth/cookies.h"
#include "base/check.h"
#include "base/text.h"
#include "fragments.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stile;
  using auth::cookie_value;
  std::string_view header = fuzz::as_text(data, size);
  const std::string name(fuzz::take_line(header));
  if (name.empty() || name != trim(name) || name.find_first_of("=;") != std::string::npos) return 0;

  std::size_t count = 0;
  std::string_view last;
  for (std::size_t at = 0; at <= header.size();) {
    const std::size_t end = std::min(header.find(';', at), header.size());
    const std::string_view pair = trim(header.substr(at, end - at));
    if (pair.starts_with(name + "=")) {
      ++count;
      last = pair.substr(name.size() + 1);
    }
    at = end + 1;
  }
  const auto found = cookie_value(header, name);
  CHECK(found.has_value() == (count == 1));
  if (found) CHECK(*found == last && !found->contains(';') && found->data() >= header.data());

  const std::string once = name + "=0123abc", text(header);
  const auto expected = count == 0 ? std::optional<std::string_view>("0123abc") : std::nullopt;
  const std::string behind = text + ";" + once, before = once + ";" + text;
  CHECK(cookie_value(behind, name) == expected);
  CHECK(cookie_value(before, name) == expected);
  return 0;
}
