#include "wire.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace bench {
namespace {

constexpr int kPerAddress = 5000;

std::runtime_error trouble(const std::string& what) { return std::runtime_error(what + ": " + std::strerror(errno)); }

// A connected socket that still blocks.
int connect_socket(int port, int which) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw trouble("socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  const int on = 1;
  if (which >= kPerAddress) {
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + static_cast<std::uint32_t>(which / kPerAddress));
    ::setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    if (::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) throw trouble("bind");
  }
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) throw trouble("connect");
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

class PlainWire final : public Wire {
 public:
  explicit PlainWire(int fd) : fd_(fd) {}
  PlainWire(const PlainWire&) = delete;
  ~PlainWire() override { ::close(fd_); }

  int descriptor() const override { return fd_; }

  std::size_t send(std::span<const iovec> parts) override {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(parts.data());
    message.msg_iovlen = parts.size();
    const ssize_t sent = ::sendmsg(fd_, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno == EAGAIN) return 0;
    if (sent < 0) throw trouble("send");
    return static_cast<std::size_t>(sent);
  }

  std::optional<std::size_t> receive(char* buffer, std::size_t most) override { return got(buffer, most, 0); }

  // MSG_TRUNC: the kernel drops them without copying, so that a download costs us next to nothing.
  std::optional<std::size_t> discard(std::size_t most) override { return got(nullptr, most, MSG_TRUNC); }

 private:
  std::optional<std::size_t> got(char* buffer, std::size_t most, int flags) const {
    const ssize_t count = ::recv(fd_, buffer, most, MSG_DONTWAIT | flags);
    if (count < 0 && errno == EAGAIN) return std::nullopt;
    if (count < 0) throw trouble("recv");
    return static_cast<std::size_t>(count);
  }

  const int fd_;
};

class TlsWire final : public Wire {
 public:
  explicit TlsWire(int fd) : plain_(fd), context_(SSL_CTX_new(TLS_client_method())) {
    if (context_ == nullptr) throw std::runtime_error("SSL_CTX_new");
    SSL_CTX_set_mode(context_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    ssl_ = SSL_new(context_);
    if (ssl_ == nullptr || SSL_set_fd(ssl_, fd) != 1 || SSL_connect(ssl_) != 1) throw wrong("the TLS handshake failed");
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  }
  TlsWire(const TlsWire&) = delete;
  ~TlsWire() override {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
  }

  int descriptor() const override { return plain_.descriptor(); }

  std::size_t send(std::span<const iovec> parts) override {
    for (const iovec& part : parts) {
      if (part.iov_len == 0) continue;
      std::size_t sent = 0;
      ERR_clear_error();
      const int done = SSL_write_ex(ssl_, part.iov_base, part.iov_len, &sent);
      if (done == 1) return sent;
      if (const int why = SSL_get_error(ssl_, done); why != SSL_ERROR_WANT_WRITE && why != SSL_ERROR_WANT_READ)
        throw wrong("TLS send");
      return 0;
    }
    return 0;
  }

  std::optional<std::size_t> receive(char* buffer, std::size_t most) override {
    std::size_t got = 0;
    ERR_clear_error();
    const int done = SSL_read_ex(ssl_, buffer, most, &got);
    if (done == 1) return got;
    const int why = SSL_get_error(ssl_, done);
    if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) return std::nullopt;
    if (why == SSL_ERROR_ZERO_RETURN) return 0;
    throw wrong("TLS receive");
  }

  std::optional<std::size_t> discard(std::size_t most) override {
    std::array<char, 16 * 1024> unwanted;
    return receive(unwanted.data(), std::min(most, unwanted.size()));
  }

  std::string cipher() const override { return std::string(SSL_get_version(ssl_)) + " " + SSL_get_cipher_name(ssl_); }

 private:
  static std::runtime_error wrong(const std::string& what) {
    char text[256] = "";
    ERR_error_string_n(ERR_get_error(), text, sizeof text);
    return std::runtime_error(what + ": " + text);
  }

  PlainWire plain_;  // owns the descriptor
  SSL_CTX* context_;
  SSL* ssl_ = nullptr;
};

}  // namespace

std::unique_ptr<Wire> connect_plain(int port, int which) {
  return std::make_unique<PlainWire>(connect_socket(port, which));
}
std::unique_ptr<Wire> connect_tls(int port, int which) {
  return std::make_unique<TlsWire>(connect_socket(port, which));
}

}  // namespace bench
