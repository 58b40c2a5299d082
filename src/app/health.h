// Health: whether new work is welcome, for /readyz.
//
// look() asks the disk now and then; not_ready() answers from what was seen last, so it never waits, also when the disk
// does. That it has not been seen for kSilence is itself an answer. Everything recovers by itself with the next look.
// Threads: look() one at a time; the rest any.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "io/thread_pool.h"

namespace stile::app {

class Health {
 public:
  static constexpr Milliseconds kLookEvery{1'000};
  static constexpr Milliseconds kSilence{10'000};

  // Returns the free bytes. Errors: not_found (the data directory is gone), permission_denied (it is read-only), others.
  using Probe = std::function<Result<std::uint64_t>()>;
  // `on_change` is told why it is not ready from now on, or "" that it is again. All outlive the object.
  Health(Probe probe_blocking, io::ThreadPool& disk, const Clock& clock, std::uint64_t low_water_bytes,
         std::function<void(std::string_view)> on_change);

  io::Task<void> look();
  // From now on it is not ready, for good.
  void stop() { stopping_ = true; }

  // A few words for whoever asks over the network; empty: ready.
  std::string not_ready() const;
  std::uint64_t free_bytes() const { return free_bytes_; }
  bool is_low() const { return state_ == State::low; }

 private:
  enum class State { ready, low, gone, read_only, unknown };
  static std::string_view words_of(State state);
  State judge(const Result<std::uint64_t>& seen) const;

  const Probe probe_;
  io::ThreadPool& disk_;
  const Clock& clock_;
  const std::uint64_t low_water_bytes_;
  const std::function<void(std::string_view)> on_change_;
  std::atomic<bool> stopping_ = false;
  std::atomic<State> state_ = State::ready;
  std::atomic<std::uint64_t> free_bytes_ = 0;
  std::atomic<SteadyTime> seen_at_;
};

}  // namespace stile::app
