// What the tests of the outbox share: an outbox under way with a clock, an alarm and a catalog that the test moves.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "io/run.h"
#include "notify/fake_catalog.h"
#include "notify/outbox.h"
#include "notify/testing.h"

namespace stile::notify {

// An outbox that runs on a thread of its own until the end of the scope.
class Running {
 public:
  template <class Rows>  // a Catalog and Deliveries
  Running(Rows& catalog, HttpClient& client, FakeClock& clock, OutboxSettings settings = {},
          std::size_t pool_threads = 4, std::size_t pool_queue = 64)
      : clock_(clock),
        pool_("out", pool_threads, pool_queue),
        outbox_(catalog, catalog, client, pool_, clock, random_, alarm, settings,
                [this](const DeliveryReport& report) { add(report); }),
        thread_([this] { io::run_until_done(outbox_.run("media.example.com")); }) {}
  ~Running() { stop(); }

  void stop() {
    outbox_.stop();
    if (thread_.joinable()) thread_.join();
  }
  Outbox& outbox() { return outbox_; }

  std::vector<DeliveryReport> reports() const {
    std::lock_guard lock(mutex_);
    return reports_;
  }
  bool wait_for_reports(std::size_t count) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return reports_.size() >= count; });
  }
  void advance(Milliseconds by) {
    clock_.advance(by);
    alarm.ring();
  }
  // The outbox has looked once more, from the beginning to the end.
  void look_again() {
    for (int round = 0; round < 2; ++round) {
      EXPECT_GE(alarm.next_quiet_wait().count(), 0);
      outbox_.wake();
    }
    EXPECT_GE(alarm.next_quiet_wait().count(), 0);
  }

  FakeAlarm alarm;

 private:
  void add(const DeliveryReport& report) {
    {
      std::lock_guard lock(mutex_);
      reports_.push_back(report);
    }
    changed_.notify_all();
  }

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<DeliveryReport> reports_;
  FakeClock& clock_;
  SeededRandom random_{1};
  io::ThreadPool pool_;
  Outbox outbox_;
  std::thread thread_;
};

class OutboxTest : public testing::Test {
 protected:
  catalog::Event event(std::int64_t photo_id = 0, std::string url = "http://a.example/cb",
                       std::string kind = "callback") {
    catalog::Event result;
    result.kind = std::move(kind);
    result.photo_id = photo_id;
    result.url = std::move(url);
    result.created_at = clock.wall_now();
    result.next_attempt_at = clock.wall_now();
    return result;
  }
  std::vector<std::string> urls() const {
    std::vector<std::string> result;
    for (const OutboundRequest& request : client.requests()) result.push_back(request.url);
    return result;
  }
  static RecordingClient::Answer always(int status) {
    return [status](const OutboundRequest&) { return OutboundResponse{status}; };
  }
  static RecordingClient::Answer always(Errc code) {
    return [code](const OutboundRequest&) -> Result<OutboundResponse> { return fail(code, "words", "cause"); };
  }

  FakeClock clock;
  FakeCatalog catalog;
  RecordingClient client;
};

}  // namespace stile::notify
