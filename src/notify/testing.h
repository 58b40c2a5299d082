// Test doubles of this layer: an HttpClient that remembers, and an Alarm that only rings when told to.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "notify/http_client.h"
#include "notify/outbox.h"

namespace stile::notify {

// Answers with what `answer` says (status 200 by default) and remembers every request. Threads: any; `answer` is called
// on the caller's thread and may block.
class RecordingClient final : public HttpClient {
 public:
  using Answer = std::function<Result<OutboundResponse>(const OutboundRequest&)>;

  explicit RecordingClient(Answer answer = {}) : answer_(std::move(answer)) {}

  Result<OutboundResponse> send_blocking(const OutboundRequest& request) override {
    Answer answer;
    {
      std::lock_guard lock(mutex_);
      requests_.push_back(request);
      answer = answer_;
    }
    changed_.notify_all();
    return answer ? answer(request) : OutboundResponse{200};
  }

  void set_answer(Answer answer) {
    std::lock_guard lock(mutex_);
    answer_ = std::move(answer);
  }
  std::vector<OutboundRequest> requests() const {
    std::lock_guard lock(mutex_);
    return requests_;
  }
  // True as soon as `count` requests have been made, false when that takes too long.
  bool wait_for_requests(std::size_t count) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return requests_.size() >= count; });
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<OutboundRequest> requests_;
  Answer answer_;
};

// Time does not pass here: a wait ends when somebody rings.
class FakeAlarm final : public Alarm {
 public:
  io::Task<void> wait(Milliseconds at_most) override {
    co_await io::from_callback<bool>([this, at_most](auto resume) {
      bool at_once = false;
      {
        std::lock_guard lock(mutex_);
        waits_.push_back(at_most);
        at_once = std::exchange(rung_, false);
        if (!at_once) waiter_ = std::move(resume);
      }
      changed_.notify_all();
      if (at_once) resume(true);
    });
  }
  void ring() override {
    std::function<void(bool)> waiter;
    {
      std::lock_guard lock(mutex_);
      waiter = std::exchange(waiter_, nullptr);
      if (!waiter) rung_ = true;
    }
    if (waiter) waiter(true);
  }

  // How long each wait so far was to last.
  std::vector<Milliseconds> waits() const {
    std::lock_guard lock(mutex_);
    return waits_;
  }
  // Blocks until somebody waits with nothing to cut it short, and returns for how long; a negative time when nobody
  // does.
  Milliseconds next_quiet_wait() const {
    std::unique_lock lock(mutex_);
    const bool quiet = changed_.wait_for(lock, std::chrono::seconds(20), [&] { return waiter_ != nullptr; });
    return quiet ? waits_.back() : Milliseconds{-1};
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  bool rung_ = false;
  std::function<void(bool)> waiter_;
  std::vector<Milliseconds> waits_;
};

}  // namespace stile::notify
