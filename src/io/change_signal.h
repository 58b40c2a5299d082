// ChangeSignal: lets tasks on any loop wait until something they looked at has changed. A condition variable for tasks.
//
//   lock; look; const auto seen = signal.version(); unlock;
//   co_await signal.changed_since(seen);      // never misses a notify() that came after the look
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

#include "io/task.h"

namespace stile::io {

class ChangeSignal {
 public:
  std::uint64_t version() const {
    std::lock_guard lock(mutex_);
    return version_;
  }

  void notify() {
    std::vector<std::move_only_function<void()>> waiters;
    {
      std::lock_guard lock(mutex_);
      ++version_;
      waiters.swap(waiters_);
    }
    for (auto& waiter : waiters) waiter();
  }

  // The signal must outlive the wait.
  Task<void> changed_since(std::uint64_t seen) {
    co_await from_callback<bool>([this, seen](auto resume) {
      std::unique_lock lock(mutex_);
      if (version_ != seen) {
        lock.unlock();
        resume(true);
      } else {
        waiters_.push_back([resume = std::move(resume)]() mutable { resume(true); });
      }
    });
  }

 private:
  mutable std::mutex mutex_;
  std::uint64_t version_ = 0;
  std::vector<std::move_only_function<void()>> waiters_;
};

}  // namespace stile::io
