// RangeSet against one flag per byte. Input: pairs of bytes (begin, length), each an attempt to add a range.
#include <array>
#include <bitset>

#include "base/check.h"
#include "base/crc32.h"
#include "base/range_set.h"
#include "fragments.h"

namespace {

constexpr std::size_t kSize = 256;

stile::Bytes content() {
  static const auto bytes = [] {
    std::array<std::byte, kSize> out;
    for (std::size_t i = 0; i < kSize; ++i) out[i] = static_cast<std::byte>(i * 167 + i / 3);
    return out;
  }();
  return bytes;
}

std::uint32_t crc_of(stile::ByteRange range) {
  return stile::crc32_update(0, content().subspan(range.begin, range.size()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stile;
  RangeSet set;
  std::bitset<kSize> flags;
  for (std::size_t i = 0; i + 1 < size; i += 2) {
    const ByteRange range{data[i], std::min<std::uint64_t>(kSize, data[i] + std::uint64_t{data[i + 1]})};
    std::size_t there = 0;
    for (std::uint64_t k = range.begin; k < range.end; ++k) there += flags[k];
    CHECK(set.overlaps(range) == (there > 0));
    CHECK(set.contains(range) == (there == range.size()));
    std::uint64_t missing = 0, last_end = range.begin;
    for (const ByteRange gap : set.missing(range)) {
      CHECK(gap.begin >= last_end && !gap.empty() && range.contains(gap));
      for (std::uint64_t k = gap.begin; k < gap.end; ++k) CHECK(!flags[k]);
      missing += gap.size();
      last_end = gap.end;
    }
    CHECK(missing == range.size() - there);
    const bool added = set.add(range, crc_of(range));
    CHECK(added == (there == 0 && !range.empty()));
    if (added)
      for (std::uint64_t k = range.begin; k < range.end; ++k) flags[k] = true;
  }
  CHECK(set.bytes() == flags.count());
  const auto runs = set.all();
  CHECK(runs.size() == set.runs());
  for (std::size_t i = 0; i < runs.size(); ++i) {
    CHECK(runs[i].crc32 == crc_of(runs[i].range));
    CHECK(i == 0 || runs[i - 1].range.end < runs[i].range.begin);
  }
  CHECK(set.complete(kSize).has_value() == flags.all());
  return 0;
}
