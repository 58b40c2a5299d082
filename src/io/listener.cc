#include "io/listener.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <future>

#include "io/loop_impl.h"
#include "io/posix_file_system.h"

namespace stile::io {

using boost::asio::ip::tcp;

std::string Endpoint::text() const {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

struct Listener::Impl : std::enable_shared_from_this<Impl> {
  Impl(std::vector<Loop*> all, OnConnection callback)
      : loops(std::move(all)), on_connection(std::move(callback)), acceptor(loops.front()->impl().context),
        pause(loops.front()->impl().context) {}

  std::vector<Loop*> loops;
  OnConnection on_connection;
  tcp::acceptor acceptor;
  boost::asio::steady_timer pause;
  Endpoint endpoint;

  Loop& least_loaded() const {
    return **std::ranges::min_element(loops, {}, [](const Loop* loop) { return loop->load(); });
  }

  void wait() {
    acceptor.async_wait(tcp::acceptor::wait_read, [self = shared_from_this()](boost::system::error_code error) {
      if (!error) self->accept_some();
    });
  }

  void accept_some() {
    constexpr int kBatch = 16;  // then let the connections of this loop have a turn
    for (int i = 0; i < kBatch; ++i) {
      sockaddr_storage address{};
      socklen_t length = sizeof address;
      const int fd = ::accept4(acceptor.native_handle(), reinterpret_cast<sockaddr*>(&address), &length,
                               SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) {
        if (errno == EINTR || errno == ECONNABORTED) continue;
        if (errno == EAGAIN || errno == EWOULDBLOCK) break;
        // EMFILE, ENFILE, ENOBUFS, ENOMEM: the connection stays in the backlog until something has been freed.
        pause.expires_after(Milliseconds(50));
        pause.async_wait([self = shared_from_this()](boost::system::error_code error) {
          if (!error) self->wait();
        });
        return;
      }
      hand_over(fd, address);
    }
    wait();
  }

  void hand_over(int fd, const sockaddr_storage& address) {
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    tcp::endpoint peer;
    peer.resize(address.ss_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in));
    std::memcpy(peer.data(), &address, peer.size());
    Loop& loop = least_loaded();
    // Counted at once: of several connections accepted in a row each must see where the others went.
    loop.load_.fetch_add(1, std::memory_order_relaxed);
    loop.post([self = shared_from_this(), &loop, fd, text = peer.address().to_string()]() mutable {
      auto stream = std::make_unique<TcpStream>(loop, fd, std::move(text));
      loop.load_.fetch_sub(1, std::memory_order_relaxed);  // the stream counts for itself now
      self->on_connection(loop, std::move(stream));
    });
  }
};

Result<std::unique_ptr<Listener>> Listener::open_blocking(const std::string& host, std::uint16_t port,
                                                          std::vector<Loop*> loops, OnConnection on_connection) {
  auto impl = std::make_shared<Impl>(std::move(loops), std::move(on_connection));
  boost::system::error_code error;
  tcp::resolver resolver(impl->loops.front()->impl().context);
  const auto found = resolver.resolve(host, std::to_string(port), tcp::resolver::passive, error);
  if (error || found.empty()) return fail(Errc::invalid_input, "cannot resolve the listen address " + host);
  const tcp::endpoint endpoint = *found.begin();
  auto& acceptor = impl->acceptor;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(4096, error);
  if (!error) acceptor.non_blocking(true, error);
  if (error == boost::asio::error::access_denied)
    return fail(Errc::permission_denied,
                "cannot listen on " + Endpoint{host, port}.text() + ": " + error.message() +
                    (port < 1024 ? "; ports below 1024 need the capability CAP_NET_BIND_SERVICE (docs/operations.md)" : ""));
  if (error)
    return fail(error == boost::asio::error::address_in_use ? Errc::already_exists : Errc::io_error,
                "cannot listen on " + Endpoint{host, port}.text() + ": " + error.message());
  const tcp::endpoint bound = acceptor.local_endpoint(error);
  impl->endpoint = {bound.address().to_string(), bound.port()};
  return std::unique_ptr<Listener>(new Listener(std::move(impl)));
}

Listener::~Listener() { stop_blocking(); }

const Endpoint& Listener::endpoint() const { return impl_->endpoint; }

void Listener::start() {
  impl_->loops.front()->post([impl = impl_] { impl->wait(); });
}

void Listener::stop_blocking() {
  if (stopped_) return;
  stopped_ = true;
  // Once the acceptor is closed on its loop, each loop that answers has run every hand-over posted to it before.
  const auto run_on = [](Loop& loop, std::move_only_function<void()> work) {
    std::promise<void> done;
    loop.post([&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  };
  run_on(*impl_->loops.front(), [impl = impl_] {
    boost::system::error_code ignored;
    impl->acceptor.close(ignored);
    impl->pause.cancel();
  });
  for (Loop* loop : impl_->loops) run_on(*loop, [] {});
}

}  // namespace stile::io
