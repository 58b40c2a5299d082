// Server: connections, their requests one after the other, and the Handler that answers them.
//
// Ownership: the server owns its connections' tasks; the handler and the clock outlive it. Threads: serve() on the loop of
// the stream; the rest from any.
// Early refusals are delivered (invariant I7): the reply goes out at once, then the body is read away within
// `refusal_bytes` and `refusal_time`, so that a browser that is still sending gets to see it.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_set>

#include "base/byte_budget.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "base/random.h"
#include "http/admission.h"
#include "http/body.h"
#include "http/forwarded.h"
#include "http/head.h"
#include "http/reply.h"
#include "io/executor.h"
#include "io/stream.h"
#include "io/task_group.h"

namespace stile::http {

// One request. Valid until the handler's task ends.
struct Request {
  const RequestHead& head;
  Body& body;
  const std::string& peer;  // the client's address, behind trusted proxies too
  const std::string& id;    // of this request, in the reply's X-Request-Id and in the log
  std::string subject = {};  // for the log, by the handler: the id of what the request turned out to be about
  ByteLoan memory = {};      // of the server's budget, for whoever collects parts of the body
};

class Handler {
 public:
  virtual ~Handler() = default;
  virtual io::Task<Reply> handle(Request& request) = 0;
  // What to send when there is no request to handle: `status` is 400, 408, 431 or 503.
  virtual Reply refuse(int status, const std::string& message) = 0;
};

struct ServerSettings {
  HeadLimits head;
  BodyPace pace;
  Milliseconds handshake_timeout{10'000};  // of TLS, from the connection on
  Milliseconds head_timeout{15'000};
  Milliseconds keep_alive{60'000};
  Milliseconds write_timeout{60'000};  // without the peer taking anything of our answer
  std::uint64_t refusal_bytes = 256 * kMiB;
  Milliseconds refusal_time{10'000};
  ConnectionLimits connections;
  ProxyRules proxies;
  std::uint64_t form_memory = 64 * kMiB;  // what all requests may collect of their bodies together,
  std::uint64_t form_memory_free = 16 * kKiB;  // beyond this much of each
};

// For logs and metrics. Called on the loop, after the reply was sent or could not be.
struct ExchangeReport {
  const RequestHead& head;
  const std::string& peer;  // the client's address, as in Request
  const std::string& request_id;
  int status;
  std::uint64_t body_received;
  std::uint64_t body_sent;  // of what was to be sent; of a reply that broke off, what was handed to the stream before
  SteadyTime::duration took;
  bool delivered;
  const std::string& subject;  // as in Request
};

struct ServerStats {
  Counter connections;        // all that came, also those that were refused
  Counter over_limit;         // refused, because as many were open as may be
  Counter over_address_limit;  // refused, because as many of that address were
  Counter failed_handshakes;  // of TLS
  Counter bad_heads;          // answered with 400, 408 or 431, because there was no request to handle
};

class Server {
 public:
  // What an exception said; the id of the request that met it, empty when it was none.
  using OnTrouble = std::function<void(const std::string& what, const std::string& request_id)>;

  Server(Handler& handler, ServerSettings settings, const Clock& clock,
         Random& random, std::function<void(const ExchangeReport&)> on_exchange, OnTrouble on_trouble);
  ~Server();

  // Takes over a connection; it lives on `home`.
  void serve(io::Executor& home, std::unique_ptr<io::Stream> stream);
  // No new requests: idle connections close, the others after their current reply.
  void stop();
  // Resolves when the last connection has ended.
  io::Task<void> drain() { return connections_.drain(); }
  std::size_t connections() const { return connections_.size(); }
  const ServerStats& stats() const { return stats_; }
  const ByteBudget& form_memory() const { return form_memory_; }

 private:
  class Connection;
  class Registration;
  io::Task<void> run(std::unique_ptr<io::Stream> stream);
  io::Task<void> turn_away(io::Stream& stream, Admission::Refusal why);

  Handler& handler_;
  const ServerSettings settings_;
  const Clock& clock_;
  std::function<void(const ExchangeReport&)> on_exchange_;
  OnTrouble on_trouble_;
  const std::string id_prefix_;  // tells the requests of one run from those of another
  std::atomic<std::uint64_t> next_id_ = 1;
  std::atomic<bool> stopping_ = false;
  ServerStats stats_;
  ByteBudget form_memory_;
  Admission admission_;
  std::atomic<std::size_t> turned_away_ = 0;  // connections that get to read why, now
  std::mutex mutex_;
  std::unordered_set<std::shared_ptr<io::Interrupter>> interrupters_;
  io::TaskGroup connections_;
};

}  // namespace stile::http
