// Executor: something that runs functions later, on one thread of its own, in the order they were posted.
#pragma once

#include <functional>

namespace stile::io {

class Executor {
 public:
  virtual ~Executor() = default;
  // Threads: any. `work` runs on the executor's own thread, never inside this call.
  virtual void post(std::move_only_function<void()> work) = 0;
};

}  // namespace stile::io
