// TcpStream: Stream over one TCP connection of a Loop.
//
// Reads and writes try the system call first and wait for the kernel only when it would block, so a busy connection
// costs no trip through the event loop per block.
#pragma once

#include <memory>
#include <string>

#include "io/loop.h"
#include "io/stream.h"

namespace stile::io {

class TcpStream final : public Stream {
 public:
  // Takes `fd`, a connected non-blocking socket. On the loop's thread.
  TcpStream(Loop& loop, int fd, std::string peer);
  ~TcpStream() override;
  TcpStream(const TcpStream&) = delete;

  Task<Result<std::size_t>> read(MutableBytes into) override;
  Task<Readiness> wait_readable(Milliseconds at_most) override;
  void lend() override;
  Result<std::optional<std::size_t>> try_read(MutableBytes into) override;
  bool wait_blocking(Milliseconds at_most) override;
  Task<Result<void>> write(Bytes head, Bytes body) override;
  Task<Result<void>> send_file(const File& file, std::uint64_t offset, std::uint64_t length) override;
  void shutdown_write() override;
  Task<void> pause(Milliseconds time) override;
  void set_deadline(SteadyTime deadline) override;
  std::shared_ptr<Interrupter> interrupter() override;
  const std::string& peer() const override { return peer_; }

  // For what is layered over the socket (TlsStream): the socket, and waits until the kernel has, or takes, more. They fail
  // with timed_out once the deadline has passed, and may end early for nothing.
  int descriptor() const;
  bool expired() const;
  Task<Result<void>> wait_to_read();
  Task<Result<void>> wait_to_write();

  struct Impl;

 private:
  Loop& loop_;
  const std::string peer_;
  std::shared_ptr<Impl> impl_;
};

}  // namespace stile::io
