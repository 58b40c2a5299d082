// RangeClaims: who may write which range of one upload (invariant I3).
//
// Attempts are numbered in order of arrival. At most one of several overlapping attempts writes. A newer attempt asks
// older writers to let go, because their connections are probably dead, and writes when they have; an older attempt never
// disturbs a newer one, so two living clients cannot chase each other for ever.
// Pure; the owner locks.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "base/byte_range.h"

namespace stile::engine {

class RangeClaims {
 public:
  using AttemptId = std::uint64_t;

  // Registers the newest attempt, which waits.
  AttemptId enter(ByteRange range);
  // Makes a waiting attempt a writer, if no overlapping attempt writes and no newer overlapping one waits.
  bool try_write(AttemptId id);
  // Older overlapping writers that have not been asked yet; marks them as asked to let go.
  std::vector<AttemptId> take_over(AttemptId id);
  // Whether this attempt has been asked to let go.
  bool must_let_go(AttemptId id) const;
  void leave(AttemptId id);

  // Whether any attempt, waiting or writing, overlaps the range.
  bool anyone_at(ByteRange range) const;
  bool empty() const { return attempts_.empty(); }
  std::size_t writers() const;

 private:
  struct Attempt {
    ByteRange range;
    bool writing = false;
    bool asked_to_leave = false;
  };
  std::map<AttemptId, Attempt> attempts_;
  AttemptId next_ = 1;
};

}  // namespace stile::engine
