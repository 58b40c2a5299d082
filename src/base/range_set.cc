#include "base/range_set.h"

#include <algorithm>
#include <iterator>

#include "base/check.h"
#include "base/crc32.h"

namespace stile {

bool RangeSet::add(ByteRange range, std::uint32_t crc32) {
  CHECK(range.begin <= range.end);
  if (range.empty() || overlaps(range)) return false;
  Tail added{range.end, crc32};
  const auto next = runs_.lower_bound(range.begin);
  const auto previous = next == runs_.begin() ? runs_.end() : std::prev(next);
  if (next != runs_.end() && next->first == range.end) {
    added = {next->second.end, crc32_join(crc32, next->second.crc32, next->second.end - next->first)};
    runs_.erase(next);
  }
  if (previous != runs_.end() && previous->second.end == range.begin) {
    previous->second = {added.end, crc32_join(previous->second.crc32, added.crc32, added.end - range.begin)};
  } else {
    runs_.emplace(range.begin, added);
  }
  bytes_ += range.size();
  return true;
}

bool RangeSet::contains(ByteRange range) const {
  if (range.empty()) return true;
  // Touching runs are merged, so one run holds the whole range or none does.
  const auto after = runs_.upper_bound(range.begin);
  return after != runs_.begin() && std::prev(after)->second.end >= range.end;
}

bool RangeSet::overlaps(ByteRange range) const {
  if (range.empty()) return false;
  const auto next = runs_.lower_bound(range.end);
  return next != runs_.begin() && std::prev(next)->second.end > range.begin;
}

std::vector<ByteRange> RangeSet::missing(ByteRange range) const {
  std::vector<ByteRange> gaps;
  auto run = runs_.upper_bound(range.begin);
  if (run != runs_.begin()) --run;
  std::uint64_t at = range.begin;
  for (; run != runs_.end() && run->first < range.end; ++run) {
    if (run->first > at) gaps.push_back({at, run->first});
    at = std::max(at, run->second.end);
  }
  if (at < range.end) gaps.push_back({at, range.end});
  return gaps;
}

std::optional<std::uint32_t> RangeSet::complete(std::uint64_t total) const {
  if (total == 0) return runs_.empty() ? std::optional<std::uint32_t>(0) : std::nullopt;
  if (runs_.size() != 1 || runs_.begin()->first != 0 || runs_.begin()->second.end != total) return std::nullopt;
  return runs_.begin()->second.crc32;
}

std::vector<RangeSet::Run> RangeSet::all() const {
  std::vector<Run> runs;
  runs.reserve(runs_.size());
  for (const auto& [begin, tail] : runs_) runs.push_back({{begin, tail.end}, tail.crc32});
  return runs;
}

}  // namespace stile
