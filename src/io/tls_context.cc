#include "io/tls_context.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <string_view>

#include "base/bytes.h"
#include "base/check.h"
#include "io/posix_file_system.h"

namespace stile::io {
namespace {

// What every client of the last ten years can do and nothing that is known to be weak; TLS 1.3 chooses by itself. Equal
// on both sides, so the client's order counts: a phone without AES in hardware puts ChaCha20 first.
constexpr const char* kCiphers12 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* kGroups = "X25519:P-256:P-384";
constexpr std::string_view kHttp11 = "http/1.1";
constexpr off_t kMaxFileBytes = 1024 * 1024;  // a chain of certificates has a few KiB

std::string last_reason() {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = ERR_reason_error_string(code);
  ERR_clear_error();
  return reason != nullptr ? reason : "unknown error";
}

auto refuse(const std::string& what) { return fail(Errc::invalid_input, what + " (" + last_reason() + ")"); }

// OpenSSL says of every file that it cannot read "system lib"; this says why.
Result<void> check_readable_blocking(const std::string& path, const char* role) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    Error error = error_from_errno(errno, "open");
    error.message = std::string("cannot read the ") + role + " " + path + ": " + std::strerror(errno);
    return fail(std::move(error));
  }
  struct stat facts{};
  const bool good = ::fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode) && facts.st_size <= kMaxFileBytes;
  ::close(fd);
  if (!good) return fail(Errc::invalid_input, std::string("the ") + role + " " + path + " is no file of at most 1 MiB");
  return {};
}

// A key that asks for a passphrase is refused: there is nobody to type it, and a prompt would hold the start for ever.
int no_passphrase(char*, int, int, void*) { return -1; }

// ALPN: a client that offers protocols must offer ours.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_length, const unsigned char* offered,
                    unsigned int length, void*) {
  for (unsigned int at = 0; at < length && at + 1u + offered[at] <= length; at += 1u + offered[at]) {
    const std::string_view name(reinterpret_cast<const char*>(offered + at + 1), offered[at]);
    if (name != kHttp11) continue;
    *chosen = offered + at + 1;
    *chosen_length = offered[at];
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

WallTime wall_time(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return std::chrono::time_point_cast<WallTime::duration>(std::chrono::system_clock::from_time_t(::timegm(&parts)));
}

CertificateFacts facts_of(const X509* certificate) {
  CertificateFacts facts;
  if (BIO* text = BIO_new(BIO_s_mem()); text != nullptr) {
    X509_NAME_print_ex(text, X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
    char* data = nullptr;
    const long length = BIO_get_mem_data(text, &data);
    if (length > 0) facts.subject.assign(data, static_cast<std::size_t>(length));
    BIO_free(text);
  }
  if (BIGNUM* number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr); number != nullptr) {
    if (char* hex = BN_bn2hex(number); hex != nullptr) {
      facts.serial = hex;
      OPENSSL_free(hex);
    }
    BN_free(number);
  }
  facts.not_before = wall_time(X509_get0_notBefore(certificate));
  facts.not_after = wall_time(X509_get0_notAfter(certificate));
  return facts;
}

void configure(SSL_CTX* context) {
  CHECK(SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1);
  CHECK(SSL_CTX_set_cipher_list(context, kCiphers12) == 1);
  CHECK(SSL_CTX_set1_groups_list(context, kGroups) == 1);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // Resumption by tickets, which the client keeps: nothing is remembered here.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  static constexpr unsigned char kName[] = {'s', 't', 'i', 'l', 'e'};
  CHECK(SSL_CTX_set_session_id_context(context, kName, sizeof kName) == 1);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  // A write that would wait is tried again from wherever the bytes are then; buffers of idle connections are given back
  // (I8).
  SSL_CTX_set_mode(context,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  // A record's head and what follows it with one call of the kernel. The buffer stays that of one record: an idle
  // connection may keep it, and OpenSSL moves all that is behind a record to the front. For many: TlsSession::read_many().
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_default_passwd_cb(context, no_passphrase);
}

}  // namespace

void TlsContext::Free::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

Result<std::shared_ptr<const TlsContext>> TlsContext::load_blocking(const CertificateFiles& files) {
  STILE_TRY(check_readable_blocking(files.certificate, "certificate"));
  STILE_TRY(check_readable_blocking(files.key, "key"));
  ERR_clear_error();
  Native context(SSL_CTX_new(TLS_server_method()));
  if (context == nullptr) return fail(Errc::io_error, "TLS cannot be used: " + last_reason());
  configure(context.get());
  if (SSL_CTX_use_certificate_chain_file(context.get(), files.certificate.c_str()) != 1)
    return refuse("the certificate " + files.certificate + " is not a chain of certificates in PEM, or too weak");
  CertificateFacts facts = facts_of(SSL_CTX_get0_certificate(context.get()));
  // Setting the key compares it with the certificate; which of the two mistakes it was is in the reason.
  if (SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    if (ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH)
      return refuse("the key " + files.key + " is not the key of the certificate " + files.certificate);
    return refuse("the key " + files.key + " is not a private key in PEM without a passphrase");
  }
  if (SSL_CTX_check_private_key(context.get()) != 1)
    return refuse("the key " + files.key + " is not the key of the certificate " + files.certificate);
  return std::shared_ptr<const TlsContext>(new TlsContext(std::move(context), std::move(facts)));
}

}  // namespace stile::io
