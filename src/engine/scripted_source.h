// ScriptedSource: a ByteSource that plays a script: bytes, silence, errors. For tests.
//
// Waits without a clock: whoever asks for a limited time during a silence is told "not yet" at once; whoever waits for
// ever ends a Pause, and stays in a Hang until released or interrupted.
// Threads: interrupter() and release() from any; the rest on the home of the reading task.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "io/byte_source.h"
#include "io/change_signal.h"
#include "io/stream.h"

namespace stile::engine {

class ScriptedSource final : public io::ByteSource {
 public:
  struct Pause {
    std::function<void()> during;  // called when somebody waits for ever; may be empty
  };
  struct Hang {};
  using Step = std::variant<std::string, Pause, Hang, Errc>;
  enum class End { announced, surprising };  // whether at_end() tells it

  explicit ScriptedSource(std::vector<Step> steps, End end = End::surprising)
      : steps_(steps.begin(), steps.end()), end_(end) {}

  io::Task<Result<std::size_t>> read(MutableBytes into) override {
    for (;;) {
      if (steps_.empty()) co_return std::size_t{0};
      if (const Errc* error = std::get_if<Errc>(&steps_.front())) co_return fail(*error);
      if (std::string* bytes = std::get_if<std::string>(&steps_.front())) {
        const std::size_t length = std::min(into.size(), bytes->size());
        std::memcpy(into.data(), bytes->data(), length);
        bytes->erase(0, length);
        if (bytes->empty()) steps_.pop_front();
        delivered_ += length;
        co_return length;
      }
      (void)co_await wait_readable(Milliseconds::max());
    }
  }

  io::Task<io::Readiness> wait_readable(Milliseconds at_most) override {
    for (;;) {
      const auto seen = state_->changed.version();
      if (state_->interrupted.exchange(false)) co_return io::Readiness::interrupted;
      const bool pauses = !steps_.empty() && std::holds_alternative<Pause>(steps_.front());
      const bool hangs = !steps_.empty() && std::holds_alternative<Hang>(steps_.front());
      if (!pauses && !hangs) co_return io::Readiness::ready;
      if (hangs && state_->released) {
        steps_.pop_front();
        continue;
      }
      if (at_most != Milliseconds::max()) co_return io::Readiness::not_yet;
      if (pauses) {
        const Pause pause = std::get<Pause>(std::move(steps_.front()));
        steps_.pop_front();
        if (pause.during) pause.during();
        continue;
      }
      state_->hanging = true;
      state_->changed.notify();
      co_await state_->changed.changed_since(seen + 1);
    }
  }

  bool at_end() const override { return end_ == End::announced && steps_.empty(); }

  std::shared_ptr<io::Interrupter> interrupter() { return std::make_shared<Poke>(state_); }
  // Ends the Hang, now or when it comes.
  void release() {
    state_->released = true;
    state_->changed.notify();
  }
  // Resolves when a reader waits for ever in a Hang.
  io::Task<void> hanging() {
    const auto state = state_;
    for (;;) {
      const auto seen = state->changed.version();
      if (state->hanging) co_return;
      co_await state->changed.changed_since(seen);
    }
  }
  std::size_t delivered() const { return delivered_; }

 private:
  struct State {
    io::ChangeSignal changed;
    std::atomic<bool> interrupted = false;
    std::atomic<bool> released = false;
    std::atomic<bool> hanging = false;
  };
  class Poke final : public io::Interrupter {
   public:
    explicit Poke(std::shared_ptr<State> state) : state_(std::move(state)) {}
    void interrupt() override {
      state_->interrupted = true;
      state_->changed.notify();
    }

   private:
    std::shared_ptr<State> state_;
  };

  std::deque<Step> steps_;
  const End end_;
  std::atomic<std::size_t> delivered_ = 0;
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace stile::engine
