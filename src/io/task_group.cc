#include "io/task_group.h"

#include "base/check.h"

namespace stile::io {

TaskGroup::TaskGroup(std::function<void(std::exception_ptr)> on_exception) : on_exception_(std::move(on_exception)) {}

TaskGroup::~TaskGroup() { CHECK(running_ == 0); }

detail::Root TaskGroup::run(Task<void> task) {
  {
    // The task and all it holds must be gone before the group may count it as ended.
    Task<void> owned = std::move(task);
    try {
      co_await std::move(owned);
    } catch (...) {
      on_exception_(std::current_exception());
    }
  }
  ended();
}

void TaskGroup::spawn(Executor& home, Task<void> task) {
  {
    std::lock_guard lock(mutex_);
    ++running_;
  }
  detail::Root root = run(std::move(task));
  root.handle.promise().home = &home;
  home.post([handle = root.handle] { handle.resume(); });
}

void TaskGroup::ended() {
  std::vector<std::move_only_function<void()>> waiters;
  {
    std::lock_guard lock(mutex_);
    if (--running_ == 0) waiters.swap(waiters_);
  }
  for (auto& waiter : waiters) waiter();
}

Task<void> TaskGroup::drain() {
  while (size() != 0) {
    co_await from_callback<bool>([this](auto resume) {
      std::unique_lock lock(mutex_);
      if (running_ == 0) {
        lock.unlock();
        resume(true);
      } else {
        waiters_.push_back([resume = std::move(resume)]() mutable { resume(true); });
      }
    });
  }
}

std::size_t TaskGroup::size() const {
  std::lock_guard lock(mutex_);
  return running_;
}

}  // namespace stile::io
