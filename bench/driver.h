// Driver: keeps the connections of a plan busy, on one thread with epoll, in one of four ways.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "connection.h"
#include "options.h"
#include "plan.h"
#include "tally.h"

namespace bench {

class Driver {
 public:
  Driver(const Options& options, const Plan& plan, Tally& tally);
  ~Driver();
  Driver(const Driver&) = delete;

  // Every request of the plan, in the way that the options ask for. Throws std::runtime_error when an answer does not
  // come, or is none.
  void run();

 private:
  using Done = std::function<void(std::size_t connection)>;

  void run_closed();   // a connection sends its next request as soon as it has its answer
  void run_on_time();  // requests are due at even times, and late ones are counted from when they were due
  void run_spaced();   // one after the other, the last byte of each by itself
  void run_held();     // half of each, then the rest at a word
  void open(std::size_t count);
  void begin(std::size_t connection, std::uint64_t index, Clock::time_point due, std::size_t hold_back = 0);
  // Waits for events, at most until `until`, and calls `done` for every answer.
  void pump(Clock::time_point until, const Done& done);

  const Options& options_;
  const Plan& plan_;
  Tally& tally_;
  const int epoll_;
  std::vector<std::unique_ptr<Connection>> connections_;
};

}  // namespace bench
