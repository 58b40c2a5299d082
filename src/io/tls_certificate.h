// TlsCertificate: the certificate in force, exchanged without a restart when its files have changed.
//
// Connections keep what they began with; the next ones get what is in force then. Threads: current() from any; the rest
// from one at a time.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>

#include "io/tls_context.h"

namespace stile::io {

class TlsCertificate {
 public:
  // Errors: those of TlsContext::load_blocking.
  static Result<std::unique_ptr<TlsCertificate>> load_blocking(CertificateFiles files);

  std::shared_ptr<const TlsContext> current() const;

  enum class When { changed, always };
  // Reads the files again: always, or when they are not those of the last try. Says whether there is a new one in
  // force. An error leaves the old one there, and is told once for each change: a key may come a moment after its
  // certificate.
  Result<bool> reload_blocking(When when);

 private:
  // Which file it is and when it was changed; zeroes for one that is not there.
  struct Stamp {
    std::array<std::int64_t, 5> facts{};
    bool operator==(const Stamp&) const = default;
  };
  using Stamps = std::array<Stamp, 2>;

  explicit TlsCertificate(CertificateFiles files) : files_(std::move(files)) {}
  Result<void> take_blocking();
  static Stamp stamp_blocking(const std::string& path);
  Stamps stamps_blocking() const { return {stamp_blocking(files_.certificate), stamp_blocking(files_.key)}; }

  const CertificateFiles files_;
  Stamps tried_;
  mutable std::mutex mutex_;
  std::shared_ptr<const TlsContext> current_;
};

}  // namespace stile::io
