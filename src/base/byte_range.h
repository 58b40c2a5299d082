// ByteRange: the half-open interval [begin, end) of bytes of one file.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>

namespace stile {

struct ByteRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;  // exclusive; end >= begin

  std::uint64_t size() const { return end - begin; }
  bool empty() const { return begin == end; }
  bool overlaps(ByteRange other) const { return begin < other.end && other.begin < end; }
  bool contains(ByteRange other) const { return begin <= other.begin && other.end <= end; }
  auto operator<=>(const ByteRange&) const = default;
};

}  // namespace stile
