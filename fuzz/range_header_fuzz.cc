// choose_range: whatever the header says, a part lies inside the file and holds at least one byte; and a single range
// means what the grammar of RFC 9110 says, read here in another way.
//
// Input: the file's size in decimal, LF, the header's value.
#include "base/check.h"
#include "base/text.h"
#include "fragments.h"
#include "http/range.h"

namespace {

using namespace stile;
using Kind = http::RangeAnswer::Kind;

// 1*DIGIT as a number, anything above 64 bits as the largest; nullopt for what is no number.
std::optional<std::uint64_t> position(std::string_view digits) {
  unsigned __int128 value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    value = std::min<unsigned __int128>(UINT64_MAX, value * 10 + static_cast<unsigned>(c - '0'));
  }
  return digits.empty() ? std::nullopt : std::optional(static_cast<std::uint64_t>(value));
}

// "first-last", "first-" or "-count" of a file that is not empty, by asking for each bound what it is.
http::RangeAnswer by_grammar(std::string_view spec, std::uint64_t size) {
  const auto pieces = split(spec, '-');
  if (pieces.size() != 2 || (pieces[0].empty() && pieces[1].empty())) return {};
  const auto first = position(pieces[0]), last = position(pieces[1]);
  if ((!first && !pieces[0].empty()) || (!last && !pieces[1].empty())) return {};
  if (first && last && *first > *last) return {};
  const std::uint64_t begin = first ? *first : *last >= size ? 0 : size - *last;
  if (begin >= size) return {Kind::unsatisfiable, {}};
  return {Kind::part, {begin, first && last && *last < size - 1 ? *last + 1 : size}};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::as_text(data, size);
  const std::size_t line_end = std::min(text.find('\n'), text.size());
  const std::uint64_t file_size = parse_u64(text.substr(0, line_end)).value_or(size);
  const auto answer = http::choose_range(text.substr(std::min(line_end + 1, text.size())), file_size);
  if (answer.kind == Kind::part)
    CHECK(answer.range.begin < answer.range.end && answer.range.end <= file_size);
  else
    CHECK(answer.range == ByteRange{});
  const std::string_view header = text.substr(std::min(line_end + 1, text.size()));
  if (file_size == 0) return 0;
  const bool in_bytes = to_lower(header.substr(0, 6)) == "bytes=";
  const auto expected = in_bytes ? by_grammar(trim(header.substr(6)), file_size) : http::RangeAnswer{};
  CHECK(answer.kind == expected.kind && answer.range == expected.range);
  return 0;
}
