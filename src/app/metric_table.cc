#include "app/metric_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace stile::app {
namespace {

constexpr auto kCounter = MetricType::counter;
constexpr auto kGauge = MetricType::gauge;
constexpr auto kHistogram = MetricType::histogram;

// clang-format off
constexpr auto kTable = std::to_array<Metric>({
    // the process
    {"stile_build_info", kGauge, "version", "Always 1."},
    {"process_start_time_seconds", kGauge, "", "When the process started, in seconds since 1970."},
    {"process_cpu_seconds_total", kCounter, "", "Processor time, user and system."},
    {"process_resident_memory_bytes", kGauge, "", "Memory in use."},
    {"process_open_fds", kGauge, "", "Open descriptors."},
    {"process_max_fds", kGauge, "", "Descriptors that may be open."},
    {"stile_ready", kGauge, "", "1 while /readyz says so, else 0."},

    // connections and requests
    {"stile_connections", kGauge, "", "Connections open now."},
    {"stile_connections_limit", kGauge, "", "How many may be (server.max_connections)."},
    {"stile_connections_total", kCounter, "", "Connections that came, also those that were refused."},
    {"stile_connections_refused_total", kCounter, "limit",
     "Connections beyond a limit, of all or of their address: answered with 503, or closed (TLS)."},
    {"stile_tls_handshake_failures_total", kCounter, "", "Handshakes that came to nothing; scanners cause most of them."},
    {"stile_tls_certificate_expiry_timestamp_seconds", kGauge, "", "When the certificate in use ends; absent without TLS."},
    {"stile_http_malformed_total", kCounter, "", "Connections that sent no request in time, or none that could be read."},
    {"stile_form_memory_bytes", kGauge, "", "Held for the fields of forms, beyond 16 KiB of each."},
    {"stile_form_memory_limit_bytes", kGauge, "", "How much may be (upload.form_memory)."},
    {"stile_form_memory_refused_total", kCounter, "", "Forms that found nothing left of it and got 503."},
    {"stile_http_requests_total", kCounter, "route status", "Requests answered, by kind of address and class of status."},
    {"stile_http_request_duration_seconds", kHistogram, "route", "From the end of the head to the end of the answer."},
    {"stile_http_undelivered_total", kCounter, "", "Answers that could not be sent, because the client had gone."},
    {"stile_http_received_bytes_total", kCounter, "", "Bytes of bodies received, counted when the request ends."},
    {"stile_http_sent_bytes_total", kCounter, "", "Bytes of bodies sent, counted when the request ends."},

    // uploads
    {"stile_uploads_started_total", kCounter, "", "Uploads in chunks that began."},
    {"stile_uploads_finished_total", kCounter, "", "Files that became a photo or the new file of one, whatever way they came."},
    {"stile_uploads_failed_total", kCounter, "reason", "Uploads in chunks that ended for good without a photo."},
    {"stile_uploads_refused_total", kCounter, "reason", "Uploads that were not let in, and files of forms that were refused."},
    {"stile_uploads_abandoned_total", kCounter, "", "Uploads that were removed because nothing came for upload.abandon_after."},
    {"stile_uploads_forgotten_total", kCounter, "", "Records of ended uploads that were removed."},
    {"stile_uploads_resumed_total", kCounter, "", "Finishes that a crash had interrupted and the start completed."},
    {"stile_uploads_open", kGauge, "", "Uploads under way, whether anybody sends or not."},
    {"stile_uploads_in_memory", kGauge, "", "Uploads that somebody sent or asked for within a minute."},
    {"stile_uploads_reserved_bytes", kGauge, "", "Disk space that uploads under way have taken."},
    {"stile_upload_written_bytes_total", kCounter, "", "Bytes written to the staging area, of bodies that ended well or not."},
    {"stile_chunks_total", kCounter, "outcome", "stored: durable now. found: asked for or sent again, and there already."},
    {"stile_chunk_errors_total", kCounter, "reason", "Bodies of which nothing was stored, e.g. interrupted: taken over."},

    {"stile_spools", kGauge, "", "Files that are being received before it is known whose they are."},
    {"stile_spools_limit", kGauge, "", "How many may be (upload.max_spools)."},

    // queues and limits
    {"stile_blocks_in_use", kGauge, "", "Buffers of bodies in use."},
    {"stile_blocks_limit", kGauge, "", "How many there are (upload.blocks)."},
    {"stile_blocks_waiting", kGauge, "", "Bodies that wait for a buffer now."},
    {"stile_block_waits_total", kCounter, "", "How often a body had to wait for a buffer."},
    {"stile_pool_threads", kGauge, "pool", "Threads of a pool."},
    {"stile_pool_busy_threads", kGauge, "pool", "Those that have something to do."},
    {"stile_pool_queue_length", kGauge, "pool", "Jobs that wait."},
    {"stile_pool_queue_limit", kGauge, "pool", "How many may."},
    {"stile_pool_jobs_total", kCounter, "pool", "Jobs that were taken in."},
    {"stile_pool_refused_total", kCounter, "pool", "Jobs that found the queue full; most became a 503."},

    // the catalog and the disk
    {"stile_catalog_queue_length", kGauge, "", "Writes that wait for the catalog's writer."},
    {"stile_catalog_queue_limit", kGauge, "", "How many may (db.queue)."},
    {"stile_catalog_refused_total", kCounter, "", "Writes that found its queue full."},
    {"stile_catalog_batch_writes", kHistogram, "", "Writes that were committed together."},
    {"stile_catalog_commit_duration_seconds", kHistogram, "", "From the beginning of a batch to its synced commit."},
    {"stile_catalog_failures_total", kCounter, "", "Batches of which nothing was stored."},
    {"stile_catalog_log_bytes", kGauge, "", "Committed and not yet overwritten in stile.db-wal, about."},
    {"stile_catalog_checkpoint_duration_seconds", kHistogram, "", "Copying of the log, or a part, into stile.db."},
    {"stile_catalog_checkpoint_failures_total", kCounter, "", "Of these, those that failed; the log grows meanwhile."},
    {"stile_catalog_read_failures_total", kCounter, "", "Questions to the catalog that the database could not answer."},
    {"stile_sync_duration_seconds", kHistogram, "what", "Syncs of a file's bytes (data) and of names (directory)."},
    {"stile_sync_failures_total", kCounter, "what", "Syncs that failed. Any is a reason to look at the disk."},
    {"stile_write_failures_total", kCounter, "", "Writes to files that failed, also because the disk was full."},
    {"stile_read_failures_total", kCounter, "", "Reads of files that failed. Any is a reason to look at the disk."},
    {"stile_download_failures_total", kCounter, "", "Photos asked for whose file is missing, unreadable or shortened."},
    {"stile_disk_free_bytes", kGauge, "", "Free space, as of the last second."},
    {"stile_disk_low_water_bytes", kGauge, "", "Free space below which uploads are refused (upload.low_water_bytes)."},
    {"stile_disk_low", kGauge, "", "1 while there is less."},
    {"stile_files_removed_total", kCounter, "", "Files of deleted and replaced photos that were taken off the disk."},
    {"stile_background_failures_total", kCounter, "task", "Rounds of background work that failed and are tried again."},

    // the archive, read again (scrub.every)
    {"stile_scrub_files_total", kCounter, "", "Files that were read again and found well."},
    {"stile_scrub_bytes_total", kCounter, "", "Bytes of them, and of those that were not."},
    {"stile_scrub_damage_total", kCounter, "", "How often a file was found missing, changed or unreadable."},
    {"stile_scrub_damaged_files", kGauge, "", "Files that were so when they were read last; `stile fsck` lists them."},
    {"stile_scrub_passes_total", kCounter, "", "Times that the whole archive was gone through."},
    {"stile_scrub_last_pass_timestamp_seconds", kGauge, "", "When the last pass ended; absent before the first has."},

    // what others are told
    {"stile_outbox_events", kGauge, "state", "Callbacks, pingbacks and webhooks that wait or are dead; counted up to 100000."},
    {"stile_deliveries_total", kCounter, "kind outcome", "Attempts. failed: it is tried again; dead: it is not."},
    {"stile_outbox_catalog_failures_total", kCounter, "", "How often the outbox could not ask or tell the catalog."},

    // callers
    {"stile_keys_refused_total", kCounter, "", "Bearer tokens and signatures that did not hold."},
    {"stile_passwords_wrong_total", kCounter, "", "Wrong passwords, also of names that nobody has."},
    {"stile_logins_throttled_total", kCounter, "", "Log-ins that were not judged, because there had been too many wrong ones."},
    {"stile_login_windows", kGauge, "", "Names and addresses whose wrong passwords count now."},
    {"stile_nonces", kGauge, "", "Signed requests that are remembered, so that they count once."},
});
// clang-format on

}  // namespace

std::span<const Metric> metric_table() { return kTable; }

const Metric* find_metric(std::string_view name) {
  const auto found = std::ranges::find(kTable, name, &Metric::name);
  return found == kTable.end() ? nullptr : &*found;
}

std::string_view type_name(MetricType type) {
  switch (type) {
    case MetricType::counter: return "counter";
    case MetricType::gauge: return "gauge";
    case MetricType::histogram: break;
  }
  return "histogram";
}

std::string describe_metrics_markdown() {
  std::string out =
      "# Metrics\n\n"
      "Written by `stile metrics --markdown`; do not edit. What `/metrics` says, in the text format of Prometheus, to\n"
      "those whom [server.metrics](configuration.md) lets see it. Nothing that a client sends becomes a label: `reason`\n"
      "is one of the codes of the log, `route`, `pool`, `task` and the others come from fixed lists. Alert rules are in\n"
      "[operations.md](operations.md#metrics).\n\n"
      "| name | type | labels | meaning |\n|---|---|---|---|\n";
  for (const Metric& metric : kTable)
    out += fmt::format("| `{}` | {} | {} | {} |\n", metric.name, type_name(metric.type), metric.labels, metric.help);
  return out;
}

std::string describe_metrics_text() {
  std::string out;
  for (const Metric& metric : kTable) {
    out += fmt::format("{}  ({}", metric.name, type_name(metric.type));
    if (!metric.labels.empty()) out += fmt::format("; by {}", metric.labels);
    out += fmt::format(")\n    {}\n", metric.help);
  }
  return out;
}

}  // namespace stile::app
