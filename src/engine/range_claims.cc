#include "engine/range_claims.h"

#include <algorithm>

#include "base/check.h"

namespace stile::engine {

RangeClaims::AttemptId RangeClaims::enter(ByteRange range) {
  attempts_.emplace(next_, Attempt{range});
  return next_++;
}

bool RangeClaims::try_write(AttemptId id) {
  Attempt& mine = attempts_.at(id);
  for (const auto& [other_id, other] : attempts_) {
    if (other_id == id || !other.range.overlaps(mine.range)) continue;
    if (other.writing || other_id > id) return false;
  }
  mine.writing = true;
  return true;
}

std::vector<RangeClaims::AttemptId> RangeClaims::take_over(AttemptId id) {
  const ByteRange range = attempts_.at(id).range;
  std::vector<AttemptId> asked;
  for (auto& [other_id, other] : attempts_) {
    if (other_id >= id) break;
    if (!other.writing || other.asked_to_leave || !other.range.overlaps(range)) continue;
    other.asked_to_leave = true;
    asked.push_back(other_id);
  }
  return asked;
}

bool RangeClaims::must_let_go(AttemptId id) const { return attempts_.at(id).asked_to_leave; }

void RangeClaims::leave(AttemptId id) { CHECK(attempts_.erase(id) == 1); }

bool RangeClaims::anyone_at(ByteRange range) const {
  return std::ranges::any_of(attempts_, [&](const auto& entry) { return entry.second.range.overlaps(range); });
}

std::size_t RangeClaims::writers() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(attempts_, [](const auto& entry) { return entry.second.writing; }));
}

}  // namespace stile::engine
