// Listener: accepts TCP connections and hands each to the least loaded loop.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/loop.h"
#include "io/tcp_stream.h"

namespace stile::io {

struct Endpoint {
  std::string host;  // numeric address as bound; IPv6 without brackets
  std::uint16_t port = 0;
  std::string text() const;  // "127.0.0.1:8023", "[::1]:8023"
};

class Listener {
 public:
  // Called on the loop that the connection was given to.
  using OnConnection = std::function<void(Loop&, std::unique_ptr<TcpStream>)>;

  // Binds and listens at once. `host`: a name or address ("localhost", "0.0.0.0", "::"); `port` 0 takes a free one.
  // `loops` must outlive the listener; accepting happens on the first.
  static Result<std::unique_ptr<Listener>> open_blocking(const std::string& host, std::uint16_t port,
                                                         std::vector<Loop*> loops, OnConnection on_connection);
  ~Listener();
  Listener(const Listener&) = delete;

  const Endpoint& endpoint() const;
  // Starts accepting. Out of descriptors or memory: waits a little and goes on.
  void start();
  // Stops accepting and closes the socket; blocks until no more on_connection calls will be made. Any thread but a loop's.
  void stop_blocking();

 private:
  struct Impl;
  explicit Listener(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<Impl> impl_;
  bool stopped_ = false;
};

}  // namespace stile::io
