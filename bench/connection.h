// Connection: sends a request, reads its answer, says how long that took; then the next, over the same wire.
//
// Registers itself with an epoll descriptor, level-triggered, with its address as the event's data.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "plan.h"
#include "tally.h"
#include "wire.h"

namespace bench {

class Connection {
 public:
  Connection(int epoll, std::unique_ptr<Wire> wire);
  Connection(const Connection&) = delete;

  // Sends all of `request` but its last `hold_back` bytes, as fast as the server takes them. `due`: since when its
  // latency counts.
  void begin(Request request, Clock::time_point due, std::size_t hold_back, Tally& tally);
  // All that may go has gone, and there is more.
  bool is_holding() const { return held_ > 0 && may_send_ == 0; }
  // Lets what was held back go; the latency counts from `due`.
  void release(Clock::time_point due, Tally& tally);
  // Goes on after an event. True when the answer is complete. Throws std::runtime_error for whatever is no HTTP.
  bool go_on(std::uint32_t events, Tally& tally);

  bool busy() const { return busy_; }
  const std::string& location() const { return location_; }

 private:
  void send_more(Tally& tally);
  bool read_head(Tally& tally);
  void judge_head();
  bool read_pieces();
  void listen_for(std::uint32_t events);

  const int epoll_;
  const std::unique_ptr<Wire> wire_;
  bool busy_ = false;
  Request request_;
  std::array<iovec, 3> parts_{};
  std::size_t may_send_ = 0;  // bytes of the request
  std::size_t held_ = 0;
  std::string answer_;  // its head, and the beginning of its body
  bool has_head_ = false;
  bool in_pieces_ = false;  // Transfer-Encoding: chunked
  int status_ = 0;
  std::uint64_t body_left_ = 0;  // of the answer
  std::string location_;
  Clock::time_point due_;
  std::uint32_t listening_for_ = 0;
};

}  // namespace bench
