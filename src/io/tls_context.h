// TlsContext: a certificate with its key, checked and ready for handshakes. Immutable; shared by the connections that
// began with it, so that a newer one can take over for the next.
//
// TLS 1.2 and 1.3 with forward secrecy and authenticated ciphers only, no renegotiation, no compression, no early data;
// session tickets; ALPN http/1.1. Client certificates are not asked for. Threads: any.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"

struct ssl_ctx_st;

namespace stile::io {

struct CertificateFiles {
  std::string certificate;  // PEM: the server's own certificate first, then those that lead to a root
  std::string key;          // PEM: its private key, without a passphrase
};

// What an operator wants to see of a certificate.
struct CertificateFacts {
  std::string subject;  // RFC 2253, ASCII
  std::string serial;   // upper-case hex
  WallTime not_before;
  WallTime not_after;
};

class TlsContext {
 public:
  // Errors: not_found, permission_denied, io_error (a file cannot be read), invalid_input (it is not what it should be,
  // or the key is another certificate's); the message names file and reason and is fit for the operator.
  static Result<std::shared_ptr<const TlsContext>> load_blocking(const CertificateFiles& files);

  const CertificateFacts& facts() const { return facts_; }
  ssl_ctx_st* native() const { return context_.get(); }  // for TlsSession; not to be changed

 private:
  struct Free {
    void operator()(ssl_ctx_st* context) const;
  };
  using Native = std::unique_ptr<ssl_ctx_st, Free>;
  TlsContext(Native context, CertificateFacts facts) : context_(std::move(context)), facts_(std::move(facts)) {}

  const Native context_;
  const CertificateFacts facts_;
};

}  // namespace stile::io
