// The time as a constructor argument, so that expiry, deadlines and backoff are unit tests without waiting.
//
// Threads: every implementation may be called from any thread.
#pragma once

#include <chrono>
#include <mutex>

namespace stile {

using Seconds = std::chrono::seconds;
using Milliseconds = std::chrono::milliseconds;
using WallTime = std::chrono::sys_time<Milliseconds>;           // what is stored and shown; may jump
using SteadyTime = std::chrono::steady_clock::time_point;       // what deadlines are made of; never jumps

class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime wall_now() const = 0;
  virtual SteadyTime steady_now() const = 0;
};

class SystemClock final : public Clock {
 public:
  WallTime wall_now() const override { return std::chrono::floor<Milliseconds>(std::chrono::system_clock::now()); }
  SteadyTime steady_now() const override { return std::chrono::steady_clock::now(); }
};

// For tests: stands still until told to move.
class FakeClock final : public Clock {
 public:
  WallTime wall_now() const override {
    std::lock_guard lock(mutex_);
    return wall_;
  }
  SteadyTime steady_now() const override {
    std::lock_guard lock(mutex_);
    return steady_;
  }
  void advance(Milliseconds by) {
    std::lock_guard lock(mutex_);
    wall_ += by;
    steady_ += by;
  }

 private:
  mutable std::mutex mutex_;
  WallTime wall_{std::chrono::seconds{1'700'000'000}};
  SteadyTime steady_{std::chrono::hours{1}};
};

inline std::int64_t epoch_seconds(WallTime time) {
  return std::chrono::floor<Seconds>(time.time_since_epoch()).count();
}
inline std::int64_t epoch_milliseconds(WallTime time) { return time.time_since_epoch().count(); }
inline WallTime from_epoch_milliseconds(std::int64_t value) { return WallTime(Milliseconds(value)); }

}  // namespace stile
