// ThreadPool: a few named threads for blocking work, behind a bounded queue.
//
// A full queue is an answer (Errc::busy), not a wait: the caller turns it into "come again later" (503).
// Threads: run() may be awaited from any executor; the job runs on a pool thread, the awaiting task goes on at its home.
// Exceptions of a job pass to the awaiting task.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/metrics.h"
#include "base/result.h"
#include "io/task.h"

namespace stile::io {

// Figures of a pool.
struct PoolStats {
  Counter jobs;     // taken into the queue
  Counter refused;  // the queue was full
  Gauge busy;       // threads that run a job
};

class ThreadPool {
 public:
  ThreadPool(std::string name, std::size_t threads, std::size_t max_queue);
  ~ThreadPool();  // runs what is queued, then joins
  ThreadPool(const ThreadPool&) = delete;

  // Queues `job`; false when the queue is full or the pool is stopping. Threads: any.
  bool try_post(std::move_only_function<void()> job);

  // Runs `job` (returning Result<T>) on the pool. `job` and what it refers to must live until the await ends.
  template <class Job, class R = std::invoke_result_t<Job&>>
  Task<R> run(Job job) {
    using Outcome = std::variant<R, std::exception_ptr>;
    // The exception object must have left its handler before another thread gets to see it.
    const auto outcome_of = [](Job& todo) -> Outcome {
      try {
        return Outcome(std::in_place_index<0>, todo());
      } catch (...) {
        return Outcome(std::in_place_index<1>, std::current_exception());
      }
    };
    Outcome outcome = co_await from_callback<Outcome>([&](auto resume) {
      const bool queued = try_post([&job, outcome_of, resume]() mutable {
        resume(outcome_of(job));
      });
      if (!queued) resume(Outcome(std::in_place_index<0>, fail(Errc::busy, {}, name_ + " queue is full")));
    });
    if (outcome.index() == 1) std::rethrow_exception(std::get<1>(outcome));
    co_return std::move(std::get<0>(outcome));
  }

  std::size_t queued() const;
  std::size_t threads() const { return threads_.size(); }
  std::size_t max_queue() const { return max_queue_; }
  const std::string& name() const { return name_; }
  const PoolStats& stats() const { return stats_; }

 private:
  void work();

  const std::string name_;
  const std::size_t max_queue_;
  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::move_only_function<void()>> queue_;
  bool stopping_ = false;
  PoolStats stats_;
  std::vector<std::thread> threads_;
};

}  // namespace stile::io
