#include "notify/curl_client.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/ec.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>

#include "base/check.h"

namespace stile::notify {
namespace {

// An https server for one connection, whose certificate nobody vouches for.
class SelfSignedReceiver {
 public:
  SelfSignedReceiver() : context_(SSL_CTX_new(TLS_server_method())) {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = X509_new();
    CHECK(context_ && key && certificate);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME* name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"), -1, -1,
                               0);
    X509_set_issuer_name(certificate, name);
    CHECK(X509_sign(certificate, key, EVP_sha256()) > 0);
    CHECK(SSL_CTX_use_certificate(context_, certificate) == 1 && SSL_CTX_use_PrivateKey(context_, key) == 1);
    X509_free(certificate);
    EVP_PKEY_free(key);

    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 && listen(listener_, 1) == 0);
    socklen_t size = sizeof address;
    CHECK(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve_one(); });
  }
  ~SelfSignedReceiver() {
    join();
    close(listener_);
    SSL_CTX_free(context_);
  }

  std::string url() const { return "https://localhost:" + std::to_string(port_) + "/"; }
  bool connected() const { return connected_; }
  bool was_asked() const { return asked_; }
  void join() {
    shutdown(listener_, SHUT_RDWR);  // ends an accept that nobody came for
    if (thread_.joinable()) thread_.join();
  }

 private:
  void serve_one() {
    const int peer = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (peer < 0) return;
    connected_ = true;
    SSL* tls = SSL_new(context_);
    SSL_set_fd(tls, peer);
    char buffer[4096];
    if (SSL_accept(tls) == 1 && SSL_read(tls, buffer, sizeof buffer) > 0) {
      asked_ = true;
      const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
      SSL_write(tls, answer.data(), static_cast<int>(answer.size()));
      SSL_shutdown(tls);
    }
    SSL_free(tls);
    close(peer);
  }

  SSL_CTX* context_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> connected_ = false;
  std::atomic<bool> asked_ = false;
  std::thread thread_;
};

TEST(CurlClientTls, TellsNothingToAServerThatCannotProveItsName) {
  SelfSignedReceiver receiver;
  CurlClient client({.allow_private = true}, {}, "1.2");
  OutboundRequest request;
  request.url = receiver.url();
  const auto answer = client.send_blocking(request);
  receiver.join();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::io_error);
  EXPECT_TRUE(receiver.connected());
  EXPECT_FALSE(receiver.was_asked());
}

}  // namespace
}  // namespace stile::notify
