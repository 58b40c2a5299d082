#include "app/metrics.h"

#include "app/exposition.h"
#include "io/system.h"

namespace stile::app {
namespace {

constexpr double kSecondsPerNanosecond = 1e-9;
constexpr std::array<std::string_view, RequestStats::kClasses> kStatusClasses{"1xx", "2xx", "3xx", "4xx", "5xx"};

double number(auto value) { return static_cast<double>(value); }

void add_reasons(Exposition& out, std::string_view name, const engine::ReasonCounter& counters) {
  for (std::size_t i = 0; i < engine::ReasonCounter::kReasons; ++i) {
    const auto reason = static_cast<Errc>(i);
    out.counter(name, number(counters.value(reason)), {{"reason", to_string(reason)}});
  }
}

}  // namespace

io::Task<std::string> Metrics::text() {
  co_await refresh_backlog();
  Exposition out;
  add_process(out);
  add_requests(out);
  add_uploads(out);
  add_queues(out);
  add_disk(out);
  add_scrub(out);
  add_events(out);
  add_callers(out);
  add_backlog(out);
  co_return out.text();
}

// Not when all readers are at it: whoever looks after a stuck disk wants the rest of the figures.
io::Task<void> Metrics::refresh_backlog() {
  const io::ThreadPool& readers = from_.catalog.readers();
  if (number(readers.stats().busy.value()) >= number(readers.threads())) co_return;
  const auto backlog = co_await from_.catalog.backlog();
  if (!backlog) co_return;
  std::lock_guard lock(mutex_);
  backlog_ = *backlog;
}

void Metrics::add_process(Exposition& out) const {
  const io::ProcessFacts process = io::process_facts_blocking();  // /proc and no disk
  out.gauge("stile_build_info", 1, {{"version", "0.1"}});
  out.gauge("process_start_time_seconds", number(epoch_milliseconds(from_.started)) / 1000);
  out.counter("process_cpu_seconds_total", process.cpu_seconds);
  out.gauge("process_resident_memory_bytes", number(process.resident_bytes));
  out.gauge("process_open_fds", number(process.open_descriptors));
  out.gauge("process_max_fds", number(process.max_descriptors));
  out.gauge("stile_ready", from_.health.not_ready().empty() ? 1 : 0);
}

void Metrics::add_requests(Exposition& out) const {
  const http::ServerStats& server = from_.server.stats();
  out.gauge("stile_connections", number(from_.server.connections()));
  out.gauge("stile_connections_limit", number(from_.max_connections));
  out.counter("stile_connections_total", server.connections);
  out.counter("stile_connections_refused_total", server.over_limit, {{"limit", "all"}});
  out.counter("stile_connections_refused_total", server.over_address_limit, {{"limit", "address"}});
  out.counter("stile_tls_handshake_failures_total", server.failed_handshakes);
  if (from_.certificate != nullptr)
    out.gauge("stile_tls_certificate_expiry_timestamp_seconds",
              number(epoch_seconds(from_.certificate->current()->facts().not_after)));
  out.counter("stile_http_malformed_total", server.bad_heads);
  const ByteBudget& forms = from_.server.form_memory();
  out.gauge("stile_form_memory_bytes", number(forms.held().value()));
  out.gauge("stile_form_memory_limit_bytes", number(forms.limit()));
  out.counter("stile_form_memory_refused_total", forms.refused());
  for (std::size_t i = 0; i < kRouteNames.size(); ++i) {
    const auto route = static_cast<Route>(i);
    for (std::size_t status = 1; status <= kStatusClasses.size(); ++status)
      out.counter("stile_http_requests_total", number(from_.requests.count(route, status)),
                  {{"route", kRouteNames[i]}, {"status", kStatusClasses[status - 1]}});
    out.histogram("stile_http_request_duration_seconds", from_.requests.took(route), kSecondsPerNanosecond,
                  {{"route", kRouteNames[i]}});
  }
  out.counter("stile_http_undelivered_total", from_.requests.undelivered());
  out.counter("stile_http_received_bytes_total", from_.requests.received());
  out.counter("stile_http_sent_bytes_total", from_.requests.sent());
}

void Metrics::add_uploads(Exposition& out) const {
  const engine::EngineStats& engine = from_.engine.stats();
  out.counter("stile_uploads_started_total", engine.started);
  out.counter("stile_uploads_finished_total", engine.finished);
  add_reasons(out, "stile_uploads_failed_total", engine.failed);
  add_reasons(out, "stile_uploads_refused_total", engine.refused);
  out.counter("stile_uploads_abandoned_total", engine.abandoned);
  out.counter("stile_uploads_forgotten_total", engine.forgotten);
  out.counter("stile_uploads_resumed_total", engine.resumed);
  out.gauge("stile_uploads_in_memory", number(from_.engine.active_uploads()));
  out.counter("stile_upload_written_bytes_total", engine.bytes_written);
  out.gauge("stile_spools", number(from_.engine.strangers()));
  out.gauge("stile_spools_limit", number(from_.engine.settings().max_spools));
  out.counter("stile_chunks_total", engine.chunks_stored, {{"outcome", "stored"}});
  out.counter("stile_chunks_total", engine.chunks_found, {{"outcome", "found"}});
  add_reasons(out, "stile_chunk_errors_total", engine.chunk_errors);
}

void Metrics::add_queues(Exposition& out) const {
  out.gauge("stile_blocks_in_use", number(from_.blocks.in_use()));
  out.gauge("stile_blocks_limit", number(from_.blocks.max_blocks()));
  out.gauge("stile_blocks_waiting", number(from_.blocks.waiting()));
  out.counter("stile_block_waits_total", from_.blocks.waits());
  std::vector<const io::ThreadPool*> pools = from_.pools;
  pools.push_back(&from_.catalog.readers());
  for (const io::ThreadPool* pool : pools) {
    const MetricLabels labels{{"pool", pool->name()}};
    out.gauge("stile_pool_threads", number(pool->threads()), labels);
    out.gauge("stile_pool_busy_threads", number(pool->stats().busy.value()), labels);
    out.gauge("stile_pool_queue_length", number(pool->queued()), labels);
    out.gauge("stile_pool_queue_limit", number(pool->max_queue()), labels);
    out.counter("stile_pool_jobs_total", pool->stats().jobs, labels);
    out.counter("stile_pool_refused_total", pool->stats().refused, labels);
  }
  const catalog::WriterStats& writer = from_.catalog.writer_stats();
  out.gauge("stile_catalog_queue_length", number(from_.catalog.queued()));
  out.gauge("stile_catalog_queue_limit", number(from_.catalog_queue));
  out.counter("stile_catalog_refused_total", writer.refused);
  out.histogram("stile_catalog_batch_writes", writer.batches, 1);
  out.histogram("stile_catalog_commit_duration_seconds", writer.transactions, kSecondsPerNanosecond);
  out.counter("stile_catalog_failures_total", writer.failed);
  const catalog::CheckpointStats& checkpoints = from_.catalog.checkpoint_stats();
  out.gauge("stile_catalog_log_bytes", static_cast<double>(checkpoints.log_frames.value() * catalog::kLogFrameBytes));
  out.histogram("stile_catalog_checkpoint_duration_seconds", checkpoints.checkpoints, kSecondsPerNanosecond);
  out.counter("stile_catalog_checkpoint_failures_total", checkpoints.failed);
  out.counter("stile_catalog_read_failures_total", from_.catalog.failed_reads());
}

void Metrics::add_disk(Exposition& out) const {
  const io::FileStats& files = from_.files.stats();
  out.histogram("stile_sync_duration_seconds", files.data_syncs, kSecondsPerNanosecond, {{"what", "data"}});
  out.histogram("stile_sync_duration_seconds", files.directory_syncs, kSecondsPerNanosecond, {{"what", "directory"}});
  out.counter("stile_sync_failures_total", files.failed_data_syncs, {{"what", "data"}});
  out.counter("stile_sync_failures_total", files.failed_directory_syncs, {{"what", "directory"}});
  out.counter("stile_write_failures_total", files.failed_writes);
  out.counter("stile_read_failures_total", files.failed_reads);
  out.counter("stile_download_failures_total", from_.gateway.failed_downloads());
  out.gauge("stile_disk_free_bytes", number(from_.health.free_bytes()));
  out.gauge("stile_disk_low_water_bytes", number(from_.low_water_bytes));
  out.gauge("stile_disk_low", from_.health.is_low() ? 1 : 0);
  out.counter("stile_files_removed_total", from_.remover.removed());
  for (std::size_t i = 0; i < kBackgroundTaskNames.size(); ++i)
    out.counter("stile_background_failures_total", from_.background.failures(i), {{"task", kBackgroundTaskNames[i]}});
}

void Metrics::add_scrub(Exposition& out) const {
  out.counter("stile_scrub_files_total", from_.scrub.files);
  out.counter("stile_scrub_bytes_total", from_.scrub.bytes);
  out.counter("stile_scrub_damage_total", from_.scrub.damaged);
  out.gauge("stile_scrub_damaged_files", number(from_.scrub.damaged_now.value()));
  out.counter("stile_scrub_passes_total", from_.scrub.passes);
  if (from_.scrub.last_pass.value() != 0)
    out.gauge("stile_scrub_last_pass_timestamp_seconds", number(from_.scrub.last_pass.value()));
}

void Metrics::add_events(Exposition& out) const {
  for (std::size_t kind = 0; kind < kEventKinds.size(); ++kind)
    for (std::size_t outcome = 0; outcome < kEventOutcomes.size(); ++outcome)
      out.counter("stile_deliveries_total", number(from_.deliveries.count(kind, outcome)),
                  {{"kind", kEventKinds[kind]}, {"outcome", kEventOutcomes[outcome]}});
  out.counter("stile_outbox_catalog_failures_total", from_.deliveries.catalog_troubles());
}

void Metrics::add_callers(Exposition& out) const {
  const api::CallerStats callers = from_.gateway.caller_stats();
  out.counter("stile_keys_refused_total", number(callers.refused_keys));
  out.counter("stile_passwords_wrong_total", number(callers.wrong_passwords));
  out.counter("stile_logins_throttled_total", number(callers.throttled_logins));
  out.gauge("stile_login_windows", number(callers.login_windows));
  out.gauge("stile_nonces", number(callers.nonces));
}

void Metrics::add_backlog(Exposition& out) const {
  std::lock_guard lock(mutex_);
  if (!backlog_) return;
  out.gauge("stile_uploads_open", number(backlog_->open_uploads));
  out.gauge("stile_uploads_reserved_bytes", number(backlog_->reserved_bytes));
  out.gauge("stile_outbox_events", number(backlog_->waiting_events), {{"state", "waiting"}});
  out.gauge("stile_outbox_events", number(backlog_->dead_events), {{"state", "dead"}});
}

}  // namespace stile::app
