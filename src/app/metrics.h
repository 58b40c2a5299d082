// Metrics: asks everybody for their figures and writes them down, when /metrics is asked for.
//
// Never waits for a disk: what only the catalog knows is as old as the last time that one of its readers was free.
// Threads: any loop. Everything in MetricSources outlives it; what is null is left out.
#pragma once

#include <array>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "api/gateway.h"
#include "app/health.h"
#include "app/request_stats.h"
#include "catalog/sql_catalog.h"
#include "engine/engine.h"
#include "engine/file_remover.h"
#include "engine/scrubber.h"
#include "http/server.h"
#include "io/block_pool.h"
#include "io/posix_file_system.h"
#include "io/thread_pool.h"
#include "io/tls_certificate.h"

namespace stile::app {

class Exposition;

// Rounds of background work that failed.
enum class BackgroundTask { sweep, logins, changes, removal, publication, tokens };
inline constexpr std::array<std::string_view, 6> kBackgroundTaskNames{"sweep",   "logins",      "changes",
                                                                      "removal", "publication", "tokens"};
class BackgroundStats {
 public:
  void failed(BackgroundTask task) { failures_[static_cast<std::size_t>(task)].add(); }
  const Counter& failures(std::size_t task) const { return failures_[task]; }

 private:
  std::array<Counter, kBackgroundTaskNames.size()> failures_;
};

struct MetricSources {
  const http::Server& server;
  const api::Gateway& gateway;
  const engine::Engine& engine;
  const engine::FileRemover& remover;
  const engine::ScrubStats& scrub;
  catalog::SqlCatalog& catalog;
  const io::PosixFileSystem& files;
  const io::BlockPool& blocks;
  std::vector<const io::ThreadPool*> pools;
  const Health& health;
  const RequestStats& requests;
  const DeliveryStats& deliveries;
  const BackgroundStats& background;
  const io::TlsCertificate* certificate = nullptr;
  std::size_t max_connections = 0;
  std::uint64_t low_water_bytes = 0;
  std::size_t catalog_queue = 0;  // how many writes may wait
  WallTime started;
};

class Metrics {
 public:
  explicit Metrics(MetricSources sources) : from_(std::move(sources)) {}
  io::Task<std::string> text();

 private:
  io::Task<void> refresh_backlog();
  void add_process(Exposition& out) const;
  void add_requests(Exposition& out) const;
  void add_uploads(Exposition& out) const;
  void add_queues(Exposition& out) const;
  void add_disk(Exposition& out) const;
  void add_scrub(Exposition& out) const;
  void add_events(Exposition& out) const;
  void add_callers(Exposition& out) const;
  void add_backlog(Exposition& out) const;

  const MetricSources from_;
  mutable std::mutex mutex_;
  std::optional<catalog::Backlog> backlog_;
};

}  // namespace stile::app
