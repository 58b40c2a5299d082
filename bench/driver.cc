#include "driver.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <deque>
#include <stdexcept>
#include <thread>

namespace bench {
namespace {

constexpr Clock::time_point kAnyTime = Clock::time_point::max();

}  // namespace

Driver::Driver(const Options& options, const Plan& plan, Tally& tally)
    : options_(options), plan_(plan), tally_(tally), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (epoll_ < 0) throw std::runtime_error("epoll_create1");
  tally_.micros.reserve(plan.count());
}

Driver::~Driver() { ::close(epoll_); }

void Driver::run() {
  tally_.last_progress = Clock::now();
  if (options_.hold)
    run_held();
  else if (options_.last_byte_after_ms > 0)
    run_spaced();
  else if (options_.rate > 0)
    run_on_time();
  else
    run_closed();
}

void Driver::open(std::size_t count) {
  while (connections_.size() < count) {
    const int which = static_cast<int>(connections_.size());
    auto wire = options_.tls ? connect_tls(options_.port, which) : connect_plain(options_.port, which);
    tally_.cipher = wire->cipher();
    connections_.push_back(std::make_unique<Connection>(epoll_, std::move(wire)));
  }
}

void Driver::begin(std::size_t connection, std::uint64_t index, Clock::time_point due, std::size_t hold_back) {
  Connection& one = *connections_[connection];
  one.begin(plan_.request(index, one.location()), due, hold_back, tally_);
}

void Driver::pump(Clock::time_point until, const Done& done) {
  const auto stalled_at = tally_.last_progress + std::chrono::seconds(options_.stall_seconds);
  const auto wait = std::max(Clock::duration::zero(), std::min(until, stalled_at) - Clock::now());
  const auto nanos = std::chrono::duration_cast<std::chrono::nanoseconds>(wait).count();
  const timespec timeout{nanos / 1'000'000'000, nanos % 1'000'000'000};
  std::array<epoll_event, 64> events;
  const int ready = ::epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &timeout, nullptr);
  if (ready < 0 && errno != EINTR) throw std::runtime_error("epoll_pwait2");
  if (ready == 0 && Clock::now() >= stalled_at)
    throw std::runtime_error("nothing moved for " + std::to_string(options_.stall_seconds) + " s");
  if (ready > 0) tally_.last_progress = Clock::now();
  for (int i = 0; i < ready; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    auto* connection = static_cast<Connection*>(event.data.ptr);
    if (!connection->go_on(event.events, tally_)) continue;
    const auto found = std::ranges::find(connections_, connection, &std::unique_ptr<Connection>::get);
    done(static_cast<std::size_t>(found - connections_.begin()));
  }
}

void Driver::run_closed() {
  const std::uint64_t count = plan_.count();
  const auto width =
      static_cast<std::size_t>(std::min<std::uint64_t>(count, static_cast<std::uint64_t>(options_.connections)));
  std::vector<std::uint64_t> next_of(width);
  std::uint64_t next = 0, answered = 0;
  const auto go_on = [&](std::size_t connection) {
    const std::uint64_t index = plan_.in_lanes() ? next_of[connection] : next;
    if (index >= count) return;
    next_of[connection] = index + width;
    ++next;
    begin(connection, index, Clock::now());
  };
  for (std::size_t i = 0; i < width; ++i) {
    open(i + 1);
    next_of[i] = i;
    go_on(i);
  }
  while (answered < count)
    pump(kAnyTime, [&](std::size_t connection) {
      ++answered;
      go_on(connection);
    });
}

// No coordinated omission: a request that has to wait for its connection, because the answer before it is late, is late
// itself.
void Driver::run_on_time() {
  const auto width = static_cast<std::size_t>(options_.connections);
  open(width);
  std::vector<std::deque<std::uint64_t>> waiting(width);
  const std::uint64_t count = plan_.count();
  const auto start = Clock::now();
  const auto due = [&](std::uint64_t index) {
    return start + std::chrono::duration_cast<Clock::duration>(
                       std::chrono::duration<double>(static_cast<double>(index) / options_.rate));
  };
  const auto go_on = [&](std::size_t connection) {
    if (waiting[connection].empty() || connections_[connection]->busy()) return;
    const std::uint64_t index = waiting[connection].front();
    waiting[connection].pop_front();
    begin(connection, index, due(index));
  };
  std::uint64_t next = 0, answered = 0;
  while (answered < count) {
    for (; next < count && due(next) <= Clock::now(); ++next) {
      const auto connection = static_cast<std::size_t>(next % width);
      waiting[connection].push_back(next);
      go_on(connection);
    }
    pump(next < count ? due(next) : kAnyTime, [&](std::size_t connection) {
      ++answered;
      go_on(connection);
    });
  }
}

void Driver::run_spaced() {
  open(1);
  for (std::uint64_t index = 0; index < plan_.count(); ++index) {
    bool answered = false;
    begin(0, index, Clock::now(), 1);
    const Done done = [&](std::size_t) { answered = true; };
    while (!connections_[0]->is_holding()) pump(kAnyTime, done);
    // Time for the server to take what was sent, so that the last byte finds it waiting for nothing else.
    std::this_thread::sleep_for(std::chrono::milliseconds(options_.last_byte_after_ms));
    connections_[0]->release(Clock::now(), tally_);
    while (!answered) pump(kAnyTime, done);
  }
}

void Driver::run_held() {
  const auto count = static_cast<std::size_t>(
      std::min<std::uint64_t>(plan_.count(), static_cast<std::uint64_t>(options_.connections)));
  std::size_t answered = 0;
  const Done done = [&](std::size_t) { ++answered; };
  const auto start = Clock::now();
  for (std::size_t i = 0; i < count; ++i) {
    const auto due = options_.rate > 0
                         ? start + std::chrono::duration_cast<Clock::duration>(
                                       std::chrono::duration<double>(static_cast<double>(i) / options_.rate))
                         : start;
    while (Clock::now() < due) pump(due, done);
    open(i + 1);
    const Request request = plan_.request(i, {});
    begin(i, i, Clock::now(), request.body.size() / 2 + request.tail.size());
  }
  while (!std::ranges::all_of(connections_, &Connection::is_holding)) pump(kAnyTime, done);
  std::printf("held\n");
  std::fflush(stdout);
  if (std::getchar() == EOF) throw std::runtime_error("nobody said that the rest may be sent");
  tally_.last_progress = Clock::now();
  for (const auto& connection : connections_) connection->release(Clock::now(), tally_);
  while (answered < count) pump(kAnyTime, done);
}

}  // namespace bench
