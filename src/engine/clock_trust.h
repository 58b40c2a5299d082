// ClockTrust: whether the wall clock can be believed when something is to be removed because it is old.
//
// A clock that jumps ahead makes everything old at once: uploads look abandoned, tokens and answers forgotten. Most
// jumps are mistakes and are put right by somebody, and what was removed meanwhile does not come back. So the wall
// clock is held against the steady one: after a jump of more than kJump, either way, it is not believed until it has
// jumped back, or has gone on evenly for kHold; then whoever set it meant it. (A machine that slept looks like a jump,
// and waits too.) Not seen: a wrong clock at the start, which nothing in the process can tell. Threads: one at a time.
#pragma once

#include <optional>

#include "base/clock.h"

namespace stile::engine {

class ClockTrust {
 public:
  static constexpr Milliseconds kJump{3'600'000};  // far less than anything is kept
  static constexpr Milliseconds kHold{24 * 3'600'000};

  // `clock` outlives it.
  explicit ClockTrust(const Clock& clock) : clock_(clock) {}

  enum class Verdict { good, jumped, waiting };  // jumped: just now, worth a word; waiting: still

  Verdict look() {
    const Look now{clock_.wall_now(), clock_.steady_now()};
    if (!believed_) believed_ = now;
    const Milliseconds jump = jump_since(*believed_, now);
    if (abs(jump) <= kJump) {
      believed_ = now;
      suspect_.reset();
      return Verdict::good;
    }
    if (!suspect_ || abs(jump_since(*suspect_, now)) > kJump) {
      suspect_ = now;
      return Verdict::jumped;
    }
    if (now.steady - suspect_->steady < kHold) return Verdict::waiting;
    believed_ = now;
    suspect_.reset();
    return Verdict::good;
  }

 private:
  struct Look {
    WallTime wall;
    SteadyTime steady;
  };
  static Milliseconds jump_since(const Look& then, const Look& now) {
    return now.wall - then.wall - std::chrono::floor<Milliseconds>(now.steady - then.steady);
  }

  const Clock& clock_;
  std::optional<Look> believed_;
  std::optional<Look> suspect_;  // the first look after the jump
};

}  // namespace stile::engine
