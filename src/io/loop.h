// Loop: one thread that waits for sockets and timers and runs the tasks whose home it is.
//
// A connection lives and dies on one loop, so everything above io/ that belongs to one connection needs no locks.
// Threads: post(), load() and stop() from any thread.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "base/clock.h"
#include "io/executor.h"
#include "io/task.h"

namespace stile::io {

class Loop final : public Executor {
 public:
  explicit Loop(std::string name);
  // stop()s, joins, and drops posted work that has not run: drain the TaskGroups first.
  ~Loop() override;
  Loop(const Loop&) = delete;

  void post(std::move_only_function<void()> work) override;
  void stop();

  // Streams that live here; the acceptor gives a new connection to the loop with the fewest.
  std::size_t load() const { return load_.load(std::memory_order_relaxed); }

  struct Impl;  // the Asio side; io/*.cc only (io/loop_impl.h)
  Impl& impl() { return *impl_; }

 private:
  friend class TcpStream;
  friend class Listener;
  std::atomic<std::size_t> load_{0};
  std::unique_ptr<Impl> impl_;
};

// A wait that somebody can cut short. Threads: wait() on the loop it was made for; ring() on any.
class LoopTimer {
 public:
  explicit LoopTimer(Loop& loop);
  ~LoopTimer();
  // Resolves after `at_most`, or at once when ring() was called since the last wait ended. One waiter at a time.
  Task<void> wait(Milliseconds at_most);
  void ring();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace stile::io
