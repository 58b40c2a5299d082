// TlsSession: OpenSSL's side of one connection over a non-blocking socket. Never waits: each step says what it got
// done, or what the socket must be ready for before it is worth trying again.
//
// Threads: one at a time. SIGPIPE does not come up: the socket is written to without it.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "io/tls_context.h"

struct ssl_st;

namespace stile::io {

enum class Wants { nothing, to_read, to_write };

struct TlsStep {
  Wants wants = Wants::nothing;  // nothing: the step is done
  std::size_t bytes = 0;         // that it moved; 0 of a read is the peer's close_notify
};

// The first bytes of a connection, looked at before OpenSSL gets to see any: enough to tell TLS from the rest, and to
// know how long the ClientHello says it is, because a buffer of that length is what four bytes can make OpenSSL take.
class HelloPrefix {
 public:
  enum class Verdict { need_more, tls, plain_text, nonsense };

  MutableBytes room() { return MutableBytes(bytes_).subspan(size_); }
  Verdict add(std::size_t count);  // that were put into room()
  Bytes bytes() const { return Bytes(bytes_).first(size_); }

 private:
  static constexpr std::size_t kRecordHead = 5, kMessageHead = 4;
  std::array<std::byte, kRecordHead + kMessageHead> bytes_{};
  std::size_t size_ = 0;
};

class TlsSession {
 public:
  // `fd` stays the caller's and outlives the session. `prefix`: what was already read from it.
  TlsSession(std::shared_ptr<const TlsContext> context, int fd, const HelloPrefix& prefix);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;

  // Errors of all: truncated (the peer left without a close_notify, or what it sends is not the TLS we agreed on),
  // io_error. After one of them only more of them come.
  Result<TlsStep> handshake();
  // May write scratch bytes anywhere in `into`.
  Result<TlsStep> read(MutableBytes into);
  // Whether read() would get something, without taking it: whole records count, parts of one do not.
  Result<TlsStep> peek();
  // Writes at most a record's worth of `bytes`, which are not empty.
  Result<TlsStep> write(Bytes bytes);
  // Says that nothing more will be written. Nothing to do when the session has failed.
  Result<TlsStep> say_goodbye();
  // After something was given up in the middle: no goodbye, so that the peer can tell a torn message from a whole one.
  void spoil() { spoilt_ = true; }

 private:
  struct Socket;
  struct Free {
    void operator()(ssl_st* session) const;
  };
  Result<TlsStep> read_many(MutableBytes into);
  Result<TlsStep> read_record(MutableBytes into);
  Result<TlsStep> judge(int outcome, std::size_t bytes, const char* what);

  const std::shared_ptr<const TlsContext> context_;
  const std::unique_ptr<Socket> socket_;
  std::unique_ptr<ssl_st, Free> session_;
  bool spoilt_ = false;
  bool said_goodbye_ = false;
};

}  // namespace stile::io
