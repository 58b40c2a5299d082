// Faults: a plan for which call of a double shall fail. For tests; several doubles may share one, so that "the N-th
// call" counts file system and catalog together, and "from then on" is a power cut for both.
//
// Threads: any.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace stile::io {

// A double of a file that can do to its bytes what a kernel does when a sync fails: they can still be read, no later
// sync writes them, and the next power cut takes them (invariant I10).
class LosesUnsynced {
 public:
  virtual ~LosesUnsynced() = default;
  virtual void lose_unsynced() = 0;
};

class Faults {
 public:
  enum class Times { once, from_then_on };

  // The `number`-th call from now, counted from 1, fails with `code`. The count starts anew.
  void fail_call(std::uint64_t number, Times times, Errc code) {
    std::lock_guard lock(mutex_);
    calls_ = failed_ = 0;
    number_ = number;
    times_ = times;
    code_ = code;
  }
  // Only calls of this name count from now on; empty: all.
  void only(std::string name) {
    std::lock_guard lock(mutex_);
    only_ = std::move(name);
  }
  // Nothing fails any more. The count starts anew.
  void clear() {
    fail_call(0, Times::once, Errc::io_error);
    only({});
  }

  // Whether the plan is that of a power cut rather than of a single mishap.
  bool from_then_on() const {
    std::lock_guard lock(mutex_);
    return times_ == Times::from_then_on;
  }

  std::uint64_t calls() const {
    std::lock_guard lock(mutex_);
    return calls_;
  }
  std::uint64_t failed() const {
    std::lock_guard lock(mutex_);
    return failed_;
  }

  // A double asks this before it does what `name` says.
  Result<void> next(std::string_view name) {
    std::lock_guard lock(mutex_);
    if (!only_.empty() && name != only_) return {};
    ++calls_;
    if (number_ == 0 || calls_ < number_ || (calls_ > number_ && times_ == Times::once)) return {};
    ++failed_;
    return fail(code_, {}, "planned failure of " + std::string(name));
  }

 private:
  mutable std::mutex mutex_;
  std::uint64_t number_ = 0;
  std::uint64_t calls_ = 0;
  std::uint64_t failed_ = 0;
  Times times_ = Times::once;
  Errc code_ = Errc::io_error;
  std::string only_;
};

}  // namespace stile::io
