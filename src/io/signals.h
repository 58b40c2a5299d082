// Signals as something to await.
#pragma once

#include <functional>
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

// Calls `on_hangup` on the loop at every SIGHUP, from its construction on; so the signal does not end the process.
class HangupSignal {
 public:
  HangupSignal(Loop& loop, std::function<void()> on_hangup);
  ~HangupSignal();  // blocks until no more calls will be made; on any thread but the loop's
  HangupSignal(const HangupSignal&) = delete;

 private:
  struct Impl;
  Loop& loop_;
  std::shared_ptr<Impl> impl_;
};

void ignore_sigpipe();

}  // namespace stile::io
