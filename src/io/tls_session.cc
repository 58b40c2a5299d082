#include "io/tls_session.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "io/posix_file_system.h"

namespace stile::io {
namespace {

constexpr std::size_t kMaxHello = 16 * kKiB;  // browsers send 2 KiB with everything that is new
constexpr std::byte kHandshakeRecord{22}, kClientHello{1}, kMajorVersion{3};
constexpr std::size_t kRecord = 16 * kKiB;         // the most that one record holds
constexpr std::size_t kManyRecords = 2 * kRecord;  // a buffer from which on read() takes many of them at once

}  // namespace

HelloPrefix::Verdict HelloPrefix::add(std::size_t count) {
  size_ += count;
  const auto at = [this](std::size_t i) { return std::to_integer<std::size_t>(bytes_[i]); };
  if (size_ > 0 && bytes_[0] != kHandshakeRecord)
    return at(0) >= 'A' && at(0) <= 'Z' ? Verdict::plain_text : Verdict::nonsense;
  if (size_ > 1 && bytes_[1] != kMajorVersion) return Verdict::nonsense;
  if (size_ < bytes_.size()) return Verdict::need_more;
  // A hello that is cut into records so small that its length is not in the first is nobody's.
  if ((at(3) << 8 | at(4)) < kMessageHead || bytes_[5] != kClientHello) return Verdict::nonsense;
  return (at(6) << 16 | at(7) << 8 | at(8)) <= kMaxHello ? Verdict::tls : Verdict::nonsense;
}

// What OpenSSL reads from and writes to, and what became of it.
struct TlsSession::Socket {
  Socket(int descriptor, const HelloPrefix& looked_at) : fd(descriptor), prefix(looked_at) {}

  const int fd;
  const HelloPrefix prefix;
  std::size_t prefix_used = 0;
  // Where read_many() lets the kernel put sealed records; empty: they have come. None: straight to OpenSSL.
  std::optional<MutableBytes> landing;
  Bytes landed;  // what is there now that OpenSSL has not taken
  bool at_end = false;
  int error = 0;

  static Socket& of(BIO* bio) { return *static_cast<Socket*>(BIO_get_data(bio)); }

  static int read(BIO* bio, char* into, int size) {
    Socket& self = of(bio);
    BIO_clear_retry_flags(bio);
    const MutableBytes room = std::as_writable_bytes(std::span(into, static_cast<std::size_t>(size)));
    if (const Bytes left = self.prefix.bytes().subspan(self.prefix_used); !left.empty()) {
      const std::size_t count = copy(left, room);
      self.prefix_used += count;
      return static_cast<int>(count);
    }
    if (!self.landing) return self.receive(bio, room);
    if (self.landed.empty()) {
      if (self.landing->empty()) {
        BIO_set_retry_read(bio);
        return -1;
      }
      const int got = self.receive(bio, *self.landing);
      if (got <= 0) return got;
      self.landed = Bytes(*self.landing).first(static_cast<std::size_t>(got));
    }
    const std::size_t count = copy(self.landed, room);
    self.landed = self.landed.subspan(count);
    return static_cast<int>(count);
  }

  static std::size_t copy(Bytes from, MutableBytes into) {
    const std::size_t count = std::min(from.size(), into.size());
    std::memcpy(into.data(), from.data(), count);
    return count;
  }

  int receive(BIO* bio, MutableBytes into) {
    ssize_t got;
    do got = ::recv(fd, into.data(), into.size(), MSG_DONTWAIT);
    while (got < 0 && errno == EINTR);
    if (got < 0 && must_wait()) BIO_set_retry_read(bio);
    if (got == 0) at_end = true;
    return static_cast<int>(got);
  }

  static int write(BIO* bio, const char* bytes, int size) {
    Socket& self = of(bio);
    BIO_clear_retry_flags(bio);
    ssize_t sent;
    do sent = ::send(self.fd, bytes, static_cast<std::size_t>(size), MSG_DONTWAIT | MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent < 0 && self.must_wait()) BIO_set_retry_write(bio);
    return static_cast<int>(sent);
  }

  static long control(BIO* bio, int command, long, void*) {
    if (command == BIO_CTRL_EOF) return of(bio).at_end;
    return command == BIO_CTRL_FLUSH;  // nothing is kept back
  }

  bool must_wait() {
    if (errno == EAGAIN || errno == EWOULDBLOCK) return true;
    error = errno;
    return false;
  }

  static BIO_METHOD* method() {
    static BIO_METHOD* const made = [] {
      BIO_METHOD* fresh = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
      CHECK(fresh != nullptr);
      BIO_meth_set_read(fresh, &Socket::read);
      BIO_meth_set_write(fresh, &Socket::write);
      BIO_meth_set_ctrl(fresh, &Socket::control);
      return fresh;
    }();
    return made;
  }
};

void TlsSession::Free::operator()(ssl_st* session) const { SSL_free(session); }

TlsSession::TlsSession(std::shared_ptr<const TlsContext> context, int fd, const HelloPrefix& prefix)
    : context_(std::move(context)),
      socket_(std::make_unique<Socket>(fd, prefix)),
      session_(SSL_new(context_->native())) {
  BIO* bio = BIO_new(Socket::method());
  if (session_ == nullptr || bio == nullptr) throw std::bad_alloc();
  BIO_set_data(bio, socket_.get());
  BIO_set_init(bio, 1);
  SSL_set_bio(session_.get(), bio, bio);  // owns it now
  SSL_set_accept_state(session_.get());
}

TlsSession::~TlsSession() = default;

Result<TlsStep> TlsSession::judge(int outcome, std::size_t bytes, const char* what) {
  if (outcome > 0) return TlsStep{Wants::nothing, bytes};
  switch (SSL_get_error(session_.get(), outcome)) {
    case SSL_ERROR_ZERO_RETURN: return TlsStep{};
    case SSL_ERROR_WANT_READ: return TlsStep{Wants::to_read, 0};
    case SSL_ERROR_WANT_WRITE: return TlsStep{Wants::to_write, 0};
    default: break;
  }
  spoilt_ = true;
  const char* reason = ERR_reason_error_string(ERR_peek_error());
  if (socket_->error == 0 || socket_->error == EPIPE || socket_->error == ECONNRESET)
    return fail(Errc::truncated, {}, std::string(what) + ": " + (reason != nullptr ? reason : "the connection broke"));
  return fail(error_from_errno(socket_->error, what));
}

// The queue of errors belongs to the thread; what another connection left there must not be taken for ours.
Result<TlsStep> TlsSession::handshake() {
  ERR_clear_error();
  return judge(SSL_do_handshake(session_.get()), 0, "TLS handshake");
}

Result<TlsStep> TlsSession::read(MutableBytes into) {
  ERR_clear_error();
  return into.size() >= kManyRecords ? read_many(into) : read_record(into);
}

// Sealed records are received into the buffer that they will be opened into, as many as have come with one call of the
// kernel, and given to OpenSSL one by one. It has copied a record before its payload is written out, and payload is
// shorter than its record, so that it never reaches what is still sealed, if that begins a record further on: OpenSSL
// may hold all but the end of one already.
Result<TlsStep> TlsSession::read_many(MutableBytes into) {
  // Or OpenSSL would take the beginning of the next record with each, and move it to the front of its buffer.
  SSL_set_read_ahead(session_.get(), 0);
  socket_->landing = into.subspan(kRecord);
  Result<TlsStep> step = TlsStep{};
  std::size_t filled = 0;
  do {
    step = read_record(into.subspan(filled));
    if (step && step->bytes > 0) socket_->landing = MutableBytes();  // what has come is handed out first
    if (step) filled += step->bytes;
  } while (step && step->bytes > 0 && filled < into.size());
  socket_->landing.reset();
  SSL_set_read_ahead(session_.get(), 1);
  const bool lost = !std::exchange(socket_->landed, {}).empty() && step && step->wants != Wants::nothing;
  if (lost) {  // OpenSSL wants to write before it goes on, which no message of a client that is allowed here asks for
    spoilt_ = true;
    return fail(Errc::truncated, {}, "TLS read: a message that must be answered first");
  }
  // An end or an error behind what was read is told again by the next read.
  return filled > 0 ? TlsStep{Wants::nothing, filled} : step;
}

Result<TlsStep> TlsSession::read_record(MutableBytes into) {
  std::size_t got = 0;
  const int outcome = SSL_read_ex(session_.get(), into.data(), into.size(), &got);
  return judge(outcome, got, "TLS read");
}

Result<TlsStep> TlsSession::peek() {
  ERR_clear_error();
  std::byte probe;
  std::size_t got = 0;
  const int outcome = SSL_peek_ex(session_.get(), &probe, sizeof probe, &got);
  return judge(outcome, got, "TLS read");
}

Result<TlsStep> TlsSession::write(Bytes bytes) {
  ERR_clear_error();
  std::size_t sent = 0;
  const int outcome = SSL_write_ex(session_.get(), bytes.data(), bytes.size(), &sent);
  return judge(outcome, sent, "TLS write");
}

Result<TlsStep> TlsSession::say_goodbye() {
  if (spoilt_ || said_goodbye_ || SSL_in_init(session_.get())) return TlsStep{};
  ERR_clear_error();
  const int outcome = SSL_shutdown(session_.get());
  if (outcome < 0) return judge(outcome, 0, "TLS close");
  said_goodbye_ = true;  // 0: the peer has not answered; that is not waited for
  return TlsStep{};
}

}  // namespace stile::io
