// ServerApp: the wiring diagram of `stile serve`. Every object, in order, through constructors; the only place that knows
// everybody.
#pragma once

#include <memory>

#include "app/log.h"
#include "app/settings.h"
#include "base/result.h"

namespace stile::app {

class ServerApp {
 public:
  // Opens the data directory (which must not be in use by another server), recovers, and binds the address; nothing is
  // accepted yet. Blocks.
  static Result<std::unique_ptr<ServerApp>> start_blocking(const Settings& settings, const Log& log);
  ~ServerApp();

  // Accepts connections, prints the "listening on" line, and serves until SIGINT or SIGTERM; then drains within the
  // setting's bound. Returns whether everything ended in time; when not, the process should leave at once, which loses
  // nothing that was acknowledged.
  bool run_blocking();

 private:
  struct Parts;
  explicit ServerApp(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace stile::app
