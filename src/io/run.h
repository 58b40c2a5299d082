// run_until_done: runs a task on the calling thread and blocks until it has ended. For the command line and for tests.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>

#include "io/executor.h"
#include "io/task.h"

namespace stile::io {

// An executor that runs what is posted on the thread that calls run().
class InlineExecutor final : public Executor {
 public:
  void post(std::move_only_function<void()> work) override {
    // Notified under the lock: the waiter may destroy this executor as soon as it can see `work`.
    std::lock_guard lock(mutex_);
    queue_.push_back(std::move(work));
    ready_.notify_one();
  }

  // Runs posted work until `done` is true; `done` is read on the calling thread only.
  void run_until_blocking(const bool& done) {
    while (!done) {
      std::unique_lock lock(mutex_);
      ready_.wait(lock, [&] { return !queue_.empty(); });
      auto work = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      work();
    }
  }

 private:
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::move_only_function<void()>> queue_;
};

namespace detail {
template <class T>
Root run_root(Task<T> task, std::optional<T>& value, std::exception_ptr& error, bool& done) {
  try {
    value.emplace(co_await std::move(task));
  } catch (...) {
    error = std::current_exception();
  }
  done = true;
}
inline Root run_root(Task<void> task, std::exception_ptr& error, bool& done) {
  try {
    co_await std::move(task);
  } catch (...) {
    error = std::current_exception();
  }
  done = true;
}
}  // namespace detail

template <class T>
T run_until_done(Task<T> task) {
  InlineExecutor home;
  std::exception_ptr error;
  bool done = false;
  if constexpr (std::is_void_v<T>) {
    auto root = detail::run_root(std::move(task), error, done);
    root.handle.promise().home = &home;
    root.handle.resume();
    home.run_until_blocking(done);
    if (error) std::rethrow_exception(error);
  } else {
    std::optional<T> value;
    auto root = detail::run_root<T>(std::move(task), value, error, done);
    root.handle.promise().home = &home;
    root.handle.resume();
    home.run_until_blocking(done);
    if (error) std::rethrow_exception(error);
    return std::move(*value);
  }
}

}  // namespace stile::io
