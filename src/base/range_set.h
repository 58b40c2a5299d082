// RangeSet: which bytes of a file are there, with the CRC-32 of each run.
//
// Touching runs merge at once and their checksums are joined, so a file that arrives in order is one run, and the CRC-32
// of a complete file is known without reading it again: finishing stays O(1).
// Threads: none of its own; the owner locks.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/byte_range.h"

namespace stile {

class RangeSet {
 public:
  struct Run {
    ByteRange range;
    std::uint32_t crc32 = 0;
    bool operator==(const Run&) const = default;
  };

  // Adds [range) with the CRC of its bytes. False, and nothing changes, when the range is empty or overlaps what is
  // there: durable bytes are immutable (invariant I2).
  bool add(ByteRange range, std::uint32_t crc32);
  bool contains(ByteRange range) const;  // an empty range is always contained
  bool overlaps(ByteRange range) const;
  // The runs of [range) that are missing, ascending.
  std::vector<ByteRange> missing(ByteRange range) const;
  std::uint64_t bytes() const { return bytes_; }
  std::size_t runs() const { return runs_.size(); }
  // The CRC of [0, total) when all of it is there.
  std::optional<std::uint32_t> complete(std::uint64_t total) const;
  std::vector<Run> all() const;

 private:
  struct Tail {
    std::uint64_t end;
    std::uint32_t crc32;
  };
  std::map<std::uint64_t, Tail> runs_;  // begin → end; no two touch
  std::uint64_t bytes_ = 0;
};

}  // namespace stile
