// The Asio side of a Loop. Included by io/*.cc only.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <list>
#include <thread>

#include "base/clock.h"
#include "io/loop.h"

namespace stile::io {

// Something with a deadline. The loop looks at all of them every tick: one expiry per connection, re-armed by storing a
// time, costs nothing per read.
class Ticked {
 public:
  virtual ~Ticked() = default;
  virtual void tick(SteadyTime now) = 0;
};

struct Loop::Impl {
  static constexpr Milliseconds kTick{100};

  boost::asio::io_context context{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{context.get_executor()};
  boost::asio::steady_timer ticker{context};
  std::list<Ticked*> ticked;  // loop thread only
  bool ticking = false;
  std::thread thread;

  std::list<Ticked*>::iterator add(Ticked& item);
  void remove(std::list<Ticked*>::iterator where) { ticked.erase(where); }
  void arm_ticker();
};

}  // namespace stile::io
