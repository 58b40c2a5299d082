// choose_range: whatever the header says, a part lies inside the file and holds at least one byte.
//
// Input: the file's size in decimal, LF, the header's value.
#include "base/check.h"
#include "base/text.h"
#include "fragments.h"
#include "http/range.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stile;
  const std::string_view text = fuzz::as_text(data, size);
  const std::size_t line_end = std::min(text.find('\n'), text.size());
  const std::uint64_t file_size = parse_u64(text.substr(0, line_end)).value_or(size);
  const auto answer = http::choose_range(text.substr(std::min(line_end + 1, text.size())), file_size);
  if (answer.kind == http::RangeAnswer::Kind::part)
    CHECK(answer.range.begin < answer.range.end && answer.range.end <= file_size);
  else
    CHECK(answer.range == ByteRange{});
  return 0;
}
