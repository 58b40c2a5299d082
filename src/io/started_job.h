// StartedJob: work that runs on a pool while its owner does something else, and is joined later.
//
// It may use memory of the owner's frame; therefore it must be joined before it is destroyed (CHECKed).
#pragma once

#include <exception>
#include <memory>
#include <mutex>
#include <optional>

#include "base/check.h"
#include "base/result.h"
#include "io/task.h"
#include "io/thread_pool.h"

namespace stile::io {

class StartedJob {
 public:
  StartedJob() = default;
  StartedJob(StartedJob&&) = default;
  StartedJob& operator=(StartedJob&& other) {
    CHECK(!state_);
    state_ = std::move(other.state_);
    return *this;
  }
  ~StartedJob() { CHECK(!state_); }

  // Queues `job` (returning Result<void>). When the pool is full, join() says so.
  template <class Job>
  static StartedJob start(ThreadPool& pool, Job job) {
    StartedJob started;
    started.state_ = std::make_shared<State>();
    const bool queued = pool.try_post([state = started.state_, job = std::move(job)]() mutable {
      try {
        state->set(job());
      } catch (const std::exception& error) {
        state->set(fail(Errc::io_error, {}, error.what()));
      }
    });
    if (!queued) started.state_->set(fail(Errc::busy, {}, pool.name() + " queue is full"));
    return started;
  }

  bool started() const { return state_ != nullptr; }

  // The job's result; ok when none was started.
  Task<Result<void>> join() {
    if (!state_) co_return Result<void>{};
    const std::shared_ptr<State> state = std::move(state_);
    state_.reset();
    co_return co_await from_callback<Result<void>>([state](auto resume) {
      std::unique_lock lock(state->mutex);
      if (state->result) {
        lock.unlock();
        resume(std::move(*state->result));
      } else {
        state->waiter = std::move(resume);
      }
    });
  }

 private:
  struct State {
    std::mutex mutex;
    std::optional<Result<void>> result;
    std::move_only_function<void(Result<void>)> waiter;

    void set(Result<void> value) {
      std::unique_lock lock(mutex);
      if (waiter) {
        auto resume = std::move(waiter);
        lock.unlock();
        resume(std::move(value));
      } else {
        result = std::move(value);
      }
    }
  };
  std::shared_ptr<State> state_;
};

}  // namespace stile::io
