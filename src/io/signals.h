// Signals as something to await.
#pragma once

#include <memory>

#include "io/loop.h"
#include "io/task.h"

namespace stile::io {

// Catches SIGINT and SIGTERM from its construction on. SIGPIPE is ignored by ignore_sigpipe(), once per process.
class StopSignal {
 public:
  explicit StopSignal(Loop& loop);
  ~StopSignal();
  // Blocks until SIGINT or SIGTERM comes; returns the number. A second signal after that kills the process at once.
  int wait_blocking();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

void ignore_sigpipe();

}  // namespace stile::io
