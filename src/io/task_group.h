// TaskGroup: the owner of background tasks (invariant I11). Counts what it spawned and can wait for the last to end.
//
// Threads: spawn and drain may be called from any thread. The group must outlive its tasks: drain before destroying it.
#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <vector>

#include "io/executor.h"
#include "io/task.h"

namespace stile::io {

class TaskGroup {
 public:
  // `on_exception` is called when a task ends with an exception; the group goes on.
  explicit TaskGroup(std::function<void(std::exception_ptr)> on_exception);
  ~TaskGroup();  // CHECKs that nothing is left
  TaskGroup(const TaskGroup&) = delete;

  // Starts `task` at `home`, soon.
  void spawn(Executor& home, Task<void> task);
  // Resolves when no task is left. New spawns while draining are counted too.
  Task<void> drain();
  std::size_t size() const;

 private:
  detail::Root run(Task<void> task);
  void ended();

  std::function<void(std::exception_ptr)> on_exception_;
  mutable std::mutex mutex_;
  std::size_t running_ = 0;
  std::vector<std::move_only_function<void()>> waiters_;
};

}  // namespace stile::io
