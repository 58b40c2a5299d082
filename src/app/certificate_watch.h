// CertificateWatch: puts a renewed certificate in force, when asked and by itself once its files have changed; and says
// in the log what is in force. Threads: reload() and stop() from any.
#pragma once

#include <atomic>

#include "app/log.h"
#include "base/clock.h"
#include "io/loop.h"
#include "io/thread_pool.h"
#include "io/tls_certificate.h"

namespace stile::app {

class CertificateWatch {
 public:
  // Looks at the files every `every`; 0: never by itself. All collaborators outlive the watch, and `pool` its task.
  CertificateWatch(io::TlsCertificate& certificate, io::Loop& home, io::ThreadPool& pool, const Clock& clock,
                   const Log& log, Milliseconds every);

  // On `home`, until stop().
  io::Task<void> run();
  // Reads the files again soon, changed or not.
  void reload();
  void stop();

 private:
  void log_certificate() const;

  io::TlsCertificate& certificate_;
  io::ThreadPool& pool_;
  const Clock& clock_;
  const Log& log_;
  const Milliseconds every_;
  io::LoopTimer timer_;
  std::atomic<bool> asked_ = false;
  std::atomic<bool> stopping_ = false;
};

}  // namespace stile::app
