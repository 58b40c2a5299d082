// TestCertificate and TlsClient: the other end of a TLS connection, for tests.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <string>

#include "base/check.h"
#include "base/random.h"
#include "io/tls_context.h"

namespace stile::io {

// A self-signed certificate and its key as files, removed at the end.
class TestCertificate {
 public:
  enum class Validity { current, expired, not_yet };

  explicit TestCertificate(long serial = 1, Validity validity = Validity::current)
      : folder_(std::filesystem::temp_directory_path() / ("stile-tls-" + random_hex(random_, 16))) {
    std::filesystem::create_directory(folder_);
    write(serial, validity);
  }
  ~TestCertificate() { std::filesystem::remove_all(folder_); }
  TestCertificate(const TestCertificate&) = delete;

  CertificateFiles files() const { return {(folder_ / "cert.pem").string(), (folder_ / "key.pem").string()}; }
  std::string folder() const { return folder_.string(); }

  // Both files anew, each in one step.
  void write(long serial, Validity validity = Validity::current) {
    constexpr long kDay = 86'400;
    const long begin = validity == Validity::expired ? -2 * kDay : validity == Validity::not_yet ? kDay : -3600;
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = X509_new();
    CHECK(key != nullptr && certificate != nullptr);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), begin);
    X509_gmtime_adj(X509_getm_notAfter(certificate), begin + kDay);
    X509_set_pubkey(certificate, key);
    X509_NAME* name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"), -1, -1,
                               0);
    X509_set_issuer_name(certificate, name);
    CHECK(X509_sign(certificate, key, EVP_sha256()) > 0);
    save("cert.pem", [&](std::FILE* file) { return PEM_write_X509(file, certificate); });
    save("key.pem",
         [&](std::FILE* file) { return PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr); });
    X509_free(certificate);
    EVP_PKEY_free(key);
  }

 private:
  template <class Write>
  void save(const std::string& name, Write write_to) {
    const auto fresh = folder_ / (name + ".new");
    std::FILE* file = std::fopen(fresh.c_str(), "w");
    CHECK(file != nullptr && write_to(file) == 1 && std::fclose(file) == 0);
    std::filesystem::rename(fresh, folder_ / name);
  }

  SystemRandom random_;
  const std::filesystem::path folder_;
};

// A blocking client that takes any certificate. Counts on the test to bound its waits.
class TlsClient {
 public:
  struct Options {
    int max_version = TLS1_3_VERSION;
    std::string alpn = {};  // in wire format: "\x08http/1.1"
  };
  explicit TlsClient(std::uint16_t port) : TlsClient(port, Options{}) {}
  TlsClient(std::uint16_t port, const Options& options) : context_(SSL_CTX_new(TLS_client_method())) {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    if (options.max_version < TLS1_2_VERSION) SSL_CTX_set_cipher_list(context_, "DEFAULT@SECLEVEL=0");
    SSL_CTX_set_min_proto_version(context_, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context_, options.max_version);
    ssl_ = SSL_new(context_);
    if (!options.alpn.empty())
      SSL_set_alpn_protos(ssl_, reinterpret_cast<const unsigned char*>(options.alpn.data()),
                          static_cast<unsigned>(options.alpn.size()));
    // The bytes of both directions pass through here, so that a test can cut them.
    from_server_ = BIO_new(BIO_s_mem());
    to_server_ = BIO_new(BIO_s_mem());
    BIO_set_mem_eof_return(from_server_, -1);
    SSL_set_bio(ssl_, from_server_, to_server_);
    SSL_set_connect_state(ssl_);
  }
  ~TlsClient() {
    close();
    SSL_free(ssl_);
    SSL_CTX_free(context_);
  }
  TlsClient(const TlsClient&) = delete;

  // What goes out, in pieces of `fragment` bytes; 0: as they come.
  void send_in_pieces_of(std::size_t fragment) { fragment_ = fragment; }

  bool connect() {
    for (;;) {
      ERR_clear_error();
      const int outcome = SSL_do_handshake(ssl_);
      flush();
      if (outcome == 1) return true;
      if (SSL_get_error(ssl_, outcome) != SSL_ERROR_WANT_READ || !receive()) return false;
    }
  }
  void send(std::string_view text) {
    if (text.empty()) return;
    CHECK(SSL_write(ssl_, text.data(), static_cast<int>(text.size())) == static_cast<int>(text.size()));
    flush();
  }
  // Plain text and its record, without sending it: for tests that cut it.
  std::string record_of(std::string_view text) {
    CHECK(SSL_write(ssl_, text.data(), static_cast<int>(text.size())) == static_cast<int>(text.size()));
    return take_output();
  }
  void send_raw(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent =
          ::send(fd_, bytes.data(), fragment_ ? std::min(fragment_, bytes.size()) : bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  void say_goodbye() {
    SSL_shutdown(ssl_);
    flush();
  }
  void half_close() { ::shutdown(fd_, SHUT_WR); }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

  enum class End { goodbye, cut, error };
  struct Received {
    std::string text;
    End end = End::error;
  };
  Received receive_to_end() {
    Received all;
    char buffer[16384];
    for (;;) {
      ERR_clear_error();
      const int got = SSL_read(ssl_, buffer, sizeof buffer);
      if (got > 0) {
        all.text.append(buffer, static_cast<std::size_t>(got));
        continue;
      }
      const int why = SSL_get_error(ssl_, got);
      if (why == SSL_ERROR_ZERO_RETURN) all.end = End::goodbye;
      if (why != SSL_ERROR_WANT_READ) return all;
      if (receive()) continue;
      all.end = End::cut;
      return all;
    }
  }
  std::string receive_raw_to_end() {
    std::string all;
    char buffer[4096];
    for (ssize_t got; (got = ::recv(fd_, buffer, sizeof buffer, 0)) > 0;)
      all.append(buffer, static_cast<std::size_t>(got));
    return all;
  }

  std::string version() const { return SSL_get_version(ssl_); }
  std::string protocol() const {
    const unsigned char* name = nullptr;
    unsigned length = 0;
    SSL_get0_alpn_selected(ssl_, &name, &length);
    return std::string(reinterpret_cast<const char*>(name), length);
  }
  long serial() const {
    X509* certificate = SSL_get1_peer_certificate(ssl_);
    const long number = ASN1_INTEGER_get(X509_get0_serialNumber(certificate));
    X509_free(certificate);
    return number;
  }

 private:
  std::string take_output() {
    char* data = nullptr;
    const long length = BIO_get_mem_data(to_server_, &data);
    std::string bytes(data, static_cast<std::size_t>(length));
    (void)BIO_reset(to_server_);
    return bytes;
  }
  void flush() { send_raw(take_output()); }
  bool receive() {
    char buffer[16384];
    const ssize_t got = ::recv(fd_, buffer, sizeof buffer, 0);
    if (got <= 0) return false;
    BIO_write(from_server_, buffer, static_cast<int>(got));
    return true;
  }

  SSL_CTX* context_;
  SSL* ssl_ = nullptr;
  BIO* from_server_ = nullptr;
  BIO* to_server_ = nullptr;
  int fd_ = -1;
  std::size_t fragment_ = 0;
};

}  // namespace stile::io
