#include "app/certificate_watch.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace stile::app {
namespace {

constexpr Milliseconds kLong = std::chrono::hours(24);  // between looks at a clock that nobody waits for

std::string iso_time(WallTime time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(epoch_seconds(time))));
}

}  // namespace

CertificateWatch::CertificateWatch(io::TlsCertificate& certificate, io::Loop& home, io::ThreadPool& pool,
                                   const Clock& clock, const Log& log, Milliseconds every)
    : certificate_(certificate), pool_(pool), clock_(clock), log_(log), every_(every), timer_(home) {}

io::Task<void> CertificateWatch::run() {
  log_certificate();
  for (;;) {
    co_await timer_.wait(every_.count() > 0 ? every_ : kLong);
    if (stopping_) co_return;
    const bool asked = asked_.exchange(false);
    if (!asked && every_.count() == 0) continue;
    const auto when = asked ? io::TlsCertificate::When::always : io::TlsCertificate::When::changed;
    const auto renewed = co_await pool_.run([this, when] { return certificate_.reload_blocking(when); });
    if (!renewed)
      log_.error("the certificate was not replaced; the old one stays in use",
                 {{"reason", renewed.error().message.empty() ? renewed.error().cause : renewed.error().message}});
    else if (*renewed)
      log_certificate();
  }
}

void CertificateWatch::reload() {
  asked_ = true;
  timer_.ring();
}

void CertificateWatch::stop() {
  stopping_ = true;
  timer_.ring();
}

void CertificateWatch::log_certificate() const {
  const auto context = certificate_.current();
  const io::CertificateFacts& facts = context->facts();
  log_.info("certificate in use",
            {{"subject", facts.subject}, {"serial", facts.serial}, {"until", iso_time(facts.not_after)}});
  const WallTime now = clock_.wall_now();
  if (now >= facts.not_after) log_.warn("the certificate has expired", {{"since", iso_time(facts.not_after)}});
  if (now < facts.not_before) log_.warn("the certificate is not valid yet", {{"from", iso_time(facts.not_before)}});
}

}  // namespace stile::app
