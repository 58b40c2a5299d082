// Stream: one connection's two directions of bytes, whatever carries them.
//
// Threads: everything but interrupter() on the home of the tasks that use it; one read and one write at a time.
// Deadlines: one per stream, re-armed by whoever owns the exchange; when it passes, waiting operations fail with
// timed_out and so do later ones until a new deadline is set.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "io/byte_source.h"
#include "io/task.h"

namespace stile::io {

class File;

// A handle with which any thread may end a stream's wait_readable. Safe to use after the stream is gone.
class Interrupter {
 public:
  virtual ~Interrupter() = default;
  virtual void interrupt() = 0;
};

class Stream : public ByteSource {
 public:
  // What has to be done before bytes can flow: the handshake of TLS, within the deadline. Once, before anything else.
  // Errors: invalid_input (the peer speaks no TLS; a message in plain text can still be written, with what it should do),
  // closed (there is nothing to say, or interrupted), truncated, timed_out, io_error.
  virtual Task<Result<void>> open() { co_return Result<void>{}; }
  // Whether others on the way can neither read nor change the bytes.
  virtual bool is_secure() const { return false; }

  // Writes all of `head`, then all of `body`. Errors: closed, timed_out, io_error.
  virtual Task<Result<void>> write(Bytes head, Bytes body = {}) = 0;
  // Sends `length` bytes of `file` from `offset` (sendfile where the kernel can).
  virtual Task<Result<void>> send_file(const File& file, std::uint64_t offset, std::uint64_t length) = 0;
  // Tells the peer that nothing more will be written.
  virtual void shutdown_write() = 0;

  // Resolves after `time`, whatever the peer does meanwhile.
  virtual Task<void> pause(Milliseconds time) = 0;

  virtual void set_deadline(SteadyTime deadline) = 0;
  virtual std::shared_ptr<Interrupter> interrupter() = 0;
  // The peer's address without port, e.g. "127.0.0.1"; for logs and limits.
  virtual const std::string& peer() const = 0;
};

}  // namespace stile::io
