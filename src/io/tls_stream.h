// TlsStream: Stream with TLS over a TcpStream, as the server's side.
//
// Nothing is allocated for TLS before the first byte has come, and OpenSSL's buffers are given back while nothing is
// under way, so that idle connections stay small (I8). A peer that ends without a close_notify has been cut off:
// Errc::truncated. wait_readable() counts whole records only: part of one is nothing that read() could hand out.
#pragma once

#include <memory>
#include <optional>

#include "io/tcp_stream.h"
#include "io/tls_session.h"

namespace stile::io {

class TlsStream final : public Stream {
 public:
  TlsStream(std::unique_ptr<TcpStream> socket, std::shared_ptr<const TlsContext> context);
  ~TlsStream() override;

  // The handshake. A peer that speaks plain HTTP gets plain bytes from then on, so that it can be told.
  Task<Result<void>> open() override;
  bool is_secure() const override { return true; }

  Task<Result<std::size_t>> read(MutableBytes into) override;
  Task<Readiness> wait_readable(Milliseconds at_most) override;
  void lend() override { socket_->lend(); }
  Result<std::optional<std::size_t>> try_read(MutableBytes into) override;
  bool wait_blocking(Milliseconds at_most) override;
  Task<Result<void>> write(Bytes head, Bytes body) override;
  // Through a buffer of one record; blocks for the disk as sendfile does.
  Task<Result<void>> send_file(const File& file, std::uint64_t offset, std::uint64_t length) override;
  // Sends the close_notify; when the kernel does not take it at once, the next read or wait goes on with it.
  void shutdown_write() override;

  Task<void> pause(Milliseconds time) override { return socket_->pause(time); }
  void set_deadline(SteadyTime deadline) override { socket_->set_deadline(deadline); }
  std::shared_ptr<Interrupter> interrupter() override { return socket_->interrupter(); }
  const std::string& peer() const override { return socket_->peer(); }

 private:
  Task<Result<HelloPrefix>> read_prefix();
  Task<Result<void>> wait_in_handshake(Wants wants);
  Task<Result<void>> wait_for(Wants wants);
  Task<Result<void>> write_all(Bytes bytes);
  Task<void> finish_closing();
  bool close_some();

  const std::unique_ptr<TcpStream> socket_;
  std::shared_ptr<const TlsContext> context_;  // until the handshake begins
  std::optional<TlsSession> session_;          // none before it, and none with a peer that speaks plain text
  bool closing_ = false;                       // shutdown_write() has not got all out
};

}  // namespace stile::io
