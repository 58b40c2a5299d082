// Probes: the pages for machines that look after this one.
//
//   /healthz   200 while the process answers
//   /readyz    200 while new work is welcome, else 503 and why, in a few words
//   /metrics   figures in the text format of Prometheus, for those whom server.metrics lets see them
//
// "loopback" means: the connection comes from the same host, and nothing in the request says that somebody else stands
// behind it. A proxy there adds such a header (docs/operations.md), trusted or not, so it does not hand the figures on.
// Whoever may not see them is told that there is nothing here.
// Scripts of other pages cannot read them: the answer carries no CORS headers.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "http/server.h"
#include "io/task.h"

namespace stile::api {

enum class MetricsFor { nobody, loopback, everybody };

class Probes {
 public:
  struct Parts {
    std::function<std::string()> not_ready;        // why; empty: ready. Any thread, without waiting
    std::function<io::Task<std::string>()> metrics = {};  // may be empty: there are none
    MetricsFor metrics_for = MetricsFor::nobody;
  };
  explicit Probes(Parts parts) : parts_(std::move(parts)) {}

  static bool serves(std::string_view path);
  // GET or HEAD of a path that it serves. `request` outlives the task.
  io::Task<http::Reply> get(const http::Request& request) const;

 private:
  bool may_see_metrics(const http::Request& request) const;

  const Parts parts_;
};

inline constexpr std::string_view kMetricsPath = "/metrics";

}  // namespace stile::api
