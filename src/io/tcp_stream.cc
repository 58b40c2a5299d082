#include "io/tcp_stream.h"

#include <poll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>

#include "io/file_system.h"
#include "io/loop_impl.h"
#include "io/posix_file_system.h"

namespace stile::io {
namespace {

using boost::asio::posix::stream_descriptor;

enum class Wake { ready, soft_timeout, deadline, interrupted };

Error transport_error(int number, const char* what) {
  Error error = error_from_errno(number, what);
  error.code = number == EPIPE || number == ECONNRESET ? Errc::truncated : Errc::io_error;
  return error;
}

}  // namespace

// Kept alive by the stream and by waits that the kernel still owes an answer.
struct TcpStream::Impl final : Ticked, std::enable_shared_from_this<Impl> {
  // One direction's wait. A wait that timed out stays armed with the kernel and serves the next one.
  struct Direction {
    stream_descriptor::wait_type type;
    std::coroutine_handle<> waiter = {};
    SteadyTime soft_deadline = SteadyTime::max();
    Wake wake = Wake::ready;
    bool armed = false;
    bool is_fresh = false;  // armed by the latest wait, so that the kernel's answer is about now
  };

  Impl(Loop& home, int descriptor) : loop(home), registered(home.impl().context), fd(descriptor) {}

  Loop& loop;
  stream_descriptor registered;  // `fd` while the event loop watches it: from a wait to lend()
  const int fd;
  Direction reading{.type = stream_descriptor::wait_read};
  Direction writing{.type = stream_descriptor::wait_write};
  Direction pausing{.type = stream_descriptor::wait_read, .armed = true};  // the kernel is never asked
  SteadyTime deadline = SteadyTime::max();
  bool interrupt_pending = false;
  std::list<Ticked*>::iterator registration;

  void wake(Direction& direction, Wake reason) {
    if (!direction.waiter) return;
    direction.wake = reason;
    std::exchange(direction.waiter, nullptr).resume();  // may destroy the stream
  }

  void arm(Direction& direction) {
    direction.is_fresh = !direction.armed;
    if (direction.armed) return;
    direction.armed = true;
    if (!registered.is_open()) registered.assign(fd);
    registered.async_wait(direction.type, [self = shared_from_this(), &direction](boost::system::error_code error) {
      direction.armed = false;
      if (error) direction.is_fresh = false;
      self->wake(direction, Wake::ready);  // an error shows at the next system call
    });
  }

  void tick(SteadyTime now) override {
    const auto self = shared_from_this();  // a waiter may end the stream
    for (Direction* direction : {&reading, &writing}) {
      if (now >= deadline)
        wake(*direction, Wake::deadline);
      else if (now >= direction->soft_deadline)
        wake(*direction, Wake::soft_timeout);
    }
    if (now >= pausing.soft_deadline) wake(pausing, Wake::soft_timeout);
  }

  struct Wait {
    Impl& impl;
    Direction& direction;
    SteadyTime soft_deadline;
    bool await_ready() noexcept { return false; }
    void await_suspend(std::coroutine_handle<> self) {
      direction.waiter = self;
      direction.soft_deadline = soft_deadline;
      impl.arm(direction);
    }
    Wake await_resume() noexcept { return direction.wake; }
  };
  Wait wait(Direction& direction, SteadyTime soft_deadline = SteadyTime::max()) {
    return Wait{*this, direction, soft_deadline};
  }
  bool expired() const { return deadline != SteadyTime::max() && std::chrono::steady_clock::now() >= deadline; }
};

namespace {

class TcpInterrupter final : public Interrupter {
 public:
  TcpInterrupter(Loop& loop, std::weak_ptr<TcpStream::Impl> stream) : loop_(loop), stream_(std::move(stream)) {}
  void interrupt() override {
    loop_.post([stream = stream_] {
      const auto impl = stream.lock();
      if (!impl) return;
      impl->interrupt_pending = true;
      impl->wake(impl->reading, Wake::interrupted);
    });
  }

 private:
  Loop& loop_;
  std::weak_ptr<TcpStream::Impl> stream_;
};

}  // namespace

TcpStream::TcpStream(Loop& loop, int fd, std::string peer)
    : loop_(loop), peer_(std::move(peer)), impl_(std::make_shared<Impl>(loop, fd)) {
  impl_->registration = loop_.impl().add(*impl_);
  loop_.load_.fetch_add(1, std::memory_order_relaxed);
}

TcpStream::~TcpStream() {
  loop_.impl().remove(impl_->registration);
  loop_.load_.fetch_sub(1, std::memory_order_relaxed);
  lend();
  ::close(impl_->fd);
}

// The kernel tells of each arrival at a watched socket, whoever takes the bytes: some forty wake-ups for a chunk of 8
// MiB.
void TcpStream::lend() {
  if (impl_->registered.is_open()) impl_->registered.release();  // a wait that timed out ends here
}

Task<Result<std::size_t>> TcpStream::read(MutableBytes into) {
  for (;;) {
    const ssize_t got = ::recv(impl_->fd, into.data(), into.size(), MSG_DONTWAIT);
    if (got >= 0) co_return static_cast<std::size_t>(got);
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) co_return fail(transport_error(errno, "recv"));
    if (impl_->expired()) co_return fail(Errc::timed_out);
    co_await impl_->wait(impl_->reading);
  }
}

Result<std::optional<std::size_t>> TcpStream::try_read(MutableBytes into) {
  ssize_t got;
  do got = ::recv(impl_->fd, into.data(), into.size(), MSG_DONTWAIT);
  while (got < 0 && errno == EINTR);
  if (got >= 0) return static_cast<std::size_t>(got);
  if (errno == EAGAIN || errno == EWOULDBLOCK) return std::nullopt;
  return fail(transport_error(errno, "recv"));
}

bool TcpStream::wait_blocking(Milliseconds at_most) {
  pollfd waited{.fd = impl_->fd, .events = POLLIN, .revents = 0};
  return ::poll(&waited, 1, static_cast<int>(at_most.count())) > 0;
}

Task<Readiness> TcpStream::wait_readable(Milliseconds at_most) {
  if (std::exchange(impl_->interrupt_pending, false)) co_return Readiness::interrupted;
  const SteadyTime now = std::chrono::steady_clock::now();
  for (;;) {
    char probe;
    const ssize_t got = ::recv(impl_->fd, &probe, 1, MSG_DONTWAIT | MSG_PEEK);
    if (got >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) co_return Readiness::ready;
    if (impl_->expired()) co_return Readiness::ready;              // the read will say timed_out
    if (at_most <= Milliseconds(0)) co_return Readiness::not_yet;  // only asked
    const Wake wake =
        co_await impl_->wait(impl_->reading, at_most == Milliseconds::max() ? SteadyTime::max() : now + at_most);
    if (wake == Wake::interrupted) {
      impl_->interrupt_pending = false;
      co_return Readiness::interrupted;
    }
    if (wake == Wake::soft_timeout) co_return Readiness::not_yet;
    // Of a fresh wait the kernel says what is there now, not what came once and was taken: it need not be tried first.
    if (wake == Wake::ready && impl_->reading.is_fresh) co_return Readiness::ready;
  }
}

Task<Result<void>> TcpStream::write(Bytes head, Bytes body) {
  while (!head.empty() || !body.empty()) {
    iovec parts[2] = {{const_cast<std::byte*>(head.data()), head.size()},
                      {const_cast<std::byte*>(body.data()), body.size()}};
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = 2;
    const ssize_t sent = ::sendmsg(impl_->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) co_return fail(transport_error(errno, "send"));
      if (impl_->expired()) co_return fail(Errc::timed_out);
      co_await impl_->wait(impl_->writing);
      continue;
    }
    const auto of_head = std::min<std::size_t>(static_cast<std::size_t>(sent), head.size());
    head = head.subspan(of_head);
    body = body.subspan(static_cast<std::size_t>(sent) - of_head);
  }
  co_return Result<void>{};
}

Task<Result<void>> TcpStream::send_file(const File& file, std::uint64_t offset, std::uint64_t length) {
  constexpr std::uint64_t kMost = 0x7ffff000;  // what one sendfile can do
  while (length > 0) {
    auto position = static_cast<off_t>(offset);
    const ssize_t sent =
        ::sendfile(impl_->fd, file.descriptor(), &position, static_cast<std::size_t>(std::min(length, kMost)));
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) co_return fail(transport_error(errno, "sendfile"));
      if (impl_->expired()) co_return fail(Errc::timed_out);
      co_await impl_->wait(impl_->writing);
      continue;
    }
    if (sent == 0) co_return fail(Errc::io_error, {}, "sendfile: the file ended early");
    offset += static_cast<std::uint64_t>(sent);
    length -= static_cast<std::uint64_t>(sent);
  }
  co_return Result<void>{};
}

int TcpStream::descriptor() const { return impl_->fd; }

bool TcpStream::expired() const { return impl_->expired(); }

Task<Result<void>> TcpStream::wait_to_read() {
  if (impl_->expired()) co_return fail(Errc::timed_out);
  co_await impl_->wait(impl_->reading);
  co_return Result<void>{};
}

Task<Result<void>> TcpStream::wait_to_write() {
  if (impl_->expired()) co_return fail(Errc::timed_out);
  co_await impl_->wait(impl_->writing);
  co_return Result<void>{};
}

Task<void> TcpStream::pause(Milliseconds time) {
  co_await impl_->wait(impl_->pausing, std::chrono::steady_clock::now() + time);
}

void TcpStream::shutdown_write() { ::shutdown(impl_->fd, SHUT_WR); }

void TcpStream::set_deadline(SteadyTime deadline) { impl_->deadline = deadline; }

std::shared_ptr<Interrupter> TcpStream::interrupter() {
  return std::make_shared<TcpInterrupter>(loop_, std::weak_ptr<Impl>(impl_));
}

}  // namespace stile::io
