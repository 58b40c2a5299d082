// parse_media_ranges and covers: what is read is clean, has a way back, and covers what it says by its two halves.
#include <algorithm>

#include "base/check.h"
#include "base/media_range.h"
#include "base/text.h"
#include "fragments.h"

namespace {

bool covers_by_halves(std::string_view range, std::string_view narrower) {
  const auto a = stile::split(range, '/'), b = stile::split(narrower, '/');
  return a[0] == b[0] && (a[1] == "*" || a[1] == b[1]);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stile;
  const std::string_view text = fuzz::as_text(data, size);
  const auto ranges = parse_media_ranges(text);
  if (!ranges) return 0;
  for (std::size_t i = 0; i < ranges->size(); ++i) {
    const std::string& range = (*ranges)[i];
    CHECK(is_media_range(range) && range == to_lower(range) && range.find_first_of(" ,;\t\r\n") == std::string::npos);
    CHECK(std::find(ranges->begin(), ranges->begin() + static_cast<std::ptrdiff_t>(i), range) ==
          ranges->begin() + static_cast<std::ptrdiff_t>(i));
    if (i < 20)
      for (std::size_t k = 0; k < ranges->size() && k < 20; ++k)
        CHECK(covers(range, (*ranges)[k]) == covers_by_halves(range, (*ranges)[k]));
  }
  CHECK(parse_media_ranges(join_media_ranges(*ranges)) == ranges);
  return 0;
}
