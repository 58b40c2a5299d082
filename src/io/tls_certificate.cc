#include "io/tls_certificate.h"

#include <sys/stat.h>

namespace stile::io {

Result<std::unique_ptr<TlsCertificate>> TlsCertificate::load_blocking(CertificateFiles files) {
  std::unique_ptr<TlsCertificate> made(new TlsCertificate(std::move(files)));
  STILE_TRY(made->take_blocking());
  return made;
}

std::shared_ptr<const TlsContext> TlsCertificate::current() const {
  std::lock_guard lock(mutex_);
  return current_;
}

Result<bool> TlsCertificate::reload_blocking(When when) {
  if (when == When::changed && stamps_blocking() == tried_) return false;
  STILE_TRY(take_blocking());
  return true;
}

Result<void> TlsCertificate::take_blocking() {
  tried_ = stamps_blocking();  // before they are read: a change in between is seen the next time
  auto loaded = TlsContext::load_blocking(files_);
  if (!loaded) return fail(std::move(loaded).error());
  std::lock_guard lock(mutex_);
  current_ = std::move(*loaded);
  return {};
}

TlsCertificate::Stamp TlsCertificate::stamp_blocking(const std::string& path) {
  struct stat facts{};
  if (::stat(path.c_str(), &facts) != 0) return {};
  const auto nanoseconds = [](const timespec& time) { return time.tv_sec * 1'000'000'000 + time.tv_nsec; };
  return {{static_cast<std::int64_t>(facts.st_dev), static_cast<std::int64_t>(facts.st_ino),
           static_cast<std::int64_t>(facts.st_size), nanoseconds(facts.st_mtim), nanoseconds(facts.st_ctim)}};
}

}  // namespace stile::io
