// Wire: the bytes of one connection to 127.0.0.1, plain or TLS, never waiting once it is connected.
//
// The certificate is not verified: the peer is a server that the benchmark started itself, and a chain of trust costs
// the server nothing.
#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace bench {

class Wire {
 public:
  virtual ~Wire() = default;
  virtual int descriptor() const = 0;
  // How many bytes of `parts` went, from the first one on; 0: not now. Throws std::runtime_error when it broke.
  virtual std::size_t send(std::span<const iovec> parts) = 0;
  // How many bytes came; 0 when the server has closed; nullopt: not now.
  virtual std::optional<std::size_t> receive(char* buffer, std::size_t most) = 0;
  // The same, but nobody wants to see them.
  virtual std::optional<std::size_t> discard(std::size_t most) = 0;
  // Protocol and cipher; empty without TLS.
  virtual std::string cipher() const { return {}; }
};

// Blocks until it is connected and shaken hands. `which` counts the connections: loopback has many addresses, and each
// has only some 28,000 ports.
std::unique_ptr<Wire> connect_plain(int port, int which);
std::unique_ptr<Wire> connect_tls(int port, int which);

}  // namespace bench
