// Bearer tokens and keys: only the exact shape passes, and it is a view of what was sent.
#include <algorithm>

#include "auth/bearer.h"
#include "auth/credentials.h"
#include "base/check.h"
#include "base/text.h"
#include "fragments.h"

namespace {

bool alphanumeric(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char c) { return (c - '0' < 10u) || ((c | 0x20) - 'a' < 26u); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stile;
  using namespace stile::auth;
  const std::string_view text = fuzz::as_text(data, size);
  const bool shape = text.size() == 64 && alphanumeric(text);
  CHECK(bearer_token_shape(text) == shape);

  const auto found = bearer_from_header(text);
  const bool is_bearer = to_lower(text.substr(0, 7)) == "bearer " || to_lower(text) == "bearer";
  if (!is_bearer) {
    CHECK(found && !*found);
  } else {
    const std::string_view token = text.substr(std::min<std::size_t>(7, text.size()));
    CHECK(found.has_value() == (token.size() == 64 && alphanumeric(token)));
    if (found) CHECK(**found == token && (*found)->data() == token.data());
  }
  const std::string shown = "Bearer " + std::string(text);
  CHECK(bearer_from_header(shown).has_value() == shape);

  const auto parts = split(text, '-');
  CHECK(key_shape(text) ==
        (parts.size() == 2 && parse_u64(parts[0]) && parts[1].size() == 20 && alphanumeric(parts[1])));
  return 0;
}
