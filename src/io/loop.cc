#include "io/loop.h"

#include <pthread.h>

#include <boost/asio/post.hpp>

#include "base/check.h"
#include "io/loop_impl.h"

namespace stile::io {

std::list<Ticked*>::iterator Loop::Impl::add(Ticked& item) {
  ticked.push_back(&item);
  if (!ticking) {
    ticking = true;
    arm_ticker();
  }
  return std::prev(ticked.end());
}

void Loop::Impl::arm_ticker() {
  ticker.expires_after(kTick);
  ticker.async_wait([this](boost::system::error_code error) {
    if (error) return;
    const SteadyTime now = std::chrono::steady_clock::now();
    for (auto next = ticked.begin(); next != ticked.end();) {
      Ticked* item = *next;
      ++next;  // ticking may end the item, never its neighbours
      item->tick(now);
    }
    if (ticked.empty())
      ticking = false;
    else
      arm_ticker();
  });
}

Loop::Loop(std::string name) : impl_(std::make_unique<Impl>()) {
  impl_->thread = std::thread([this] { impl_->context.run(); });
  pthread_setname_np(impl_->thread.native_handle(), name.substr(0, 15).c_str());
}

Loop::~Loop() {
  stop();
  impl_->thread.join();
}

void Loop::post(std::move_only_function<void()> work) { boost::asio::post(impl_->context, std::move(work)); }

void Loop::stop() { impl_->context.stop(); }

struct LoopTimer::State {
  explicit State(Loop& home) : loop(home), timer(home.impl().context) {}
  Loop& loop;
  boost::asio::steady_timer timer;
  bool rung = false;  // loop thread only
};

LoopTimer::LoopTimer(Loop& loop) : state_(std::make_shared<State>(loop)) {}
LoopTimer::~LoopTimer() = default;

Task<void> LoopTimer::wait(Milliseconds at_most) {
  const std::shared_ptr<State> state = state_;
  if (!state->rung) {
    co_await from_callback<bool>([state, at_most](auto resume) {
      state->timer.expires_after(at_most);
      state->timer.async_wait([state, resume = std::move(resume)](boost::system::error_code) mutable { resume(true); });
    });
  }
  state->rung = false;
}

void LoopTimer::ring() {
  state_->loop.post([state = state_] {
    state->rung = true;
    state->timer.cancel();
  });
}

}  // namespace stile::io
