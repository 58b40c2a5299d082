// SqlCatalog: time lines of uploads, and what waits.
#include "catalog/insight.h"

#include <algorithm>

#include "catalog/database.h"
#include "catalog/lookups.h"

namespace stile::catalog {
namespace {

struct ReceiptTotals {
  std::int64_t chunks = 0;
  std::uint64_t bytes = 0;
  std::int64_t first_at = 0;  // 0: none is known
  std::int64_t last_at = 0;
};

}  // namespace

template <>
struct Columns<ReceiptTotals> {
  static constexpr std::string_view kTable = "receipts";
  static void each(auto& totals, auto&& visit) {
    visit("chunks", totals.chunks);
    visit("bytes", totals.bytes);
    visit("first_at", totals.first_at);
    visit("last_at", totals.last_at);
  }
};

template <>
struct Columns<StoredChunk> {
  static constexpr std::string_view kTable = "receipts";
  static void each(auto& chunk, auto&& visit) {
    visit("begin_at", chunk.begin);
    visit("end_at", chunk.end);
    visit("received_at", chunk.received_at);
  }
};

template <>
struct Columns<UploadTroubles> {
  static constexpr std::string_view kTable = "upload_troubles";
  static void each(auto& troubles, auto&& visit) {
    visit("attempts", troubles.attempts);
    visit("found", troubles.found);
    visit("taken_over", troubles.taken_over);
    visit("stalled", troubles.stalled);
    visit("cut", troubles.cut);
    visit("failed", troubles.failed);
    visit("last_error", troubles.last_error);
    visit("last_error_at", troubles.last_error_at);
  }
};

namespace {

std::optional<WallTime> time_or_none(std::int64_t milliseconds) {
  if (milliseconds == 0) return std::nullopt;
  return from_epoch_milliseconds(milliseconds);
}

UploadSummary summary_of(Session& session, Upload upload) {
  const auto totals = session.one<ReceiptTotals>(
      "SELECT COUNT(*), COALESCE(SUM(end_at - begin_at), 0), COALESCE(MIN(NULLIF(received_at, 0)), 0), "
      "COALESCE(MAX(received_at), 0) FROM receipts WHERE upload_id = :upload_id",
      upload.upload_id);
  UploadSummary summary{.upload = std::move(upload)};
  if (!totals) return summary;
  summary.chunks = totals->chunks;
  summary.received_bytes = totals->bytes;
  summary.first_chunk_at = time_or_none(totals->first_at);
  summary.last_chunk_at = time_or_none(totals->last_at);
  return summary;
}

std::vector<Upload> uploads_in(Session& session, UploadState state, std::size_t limit) {
  static const std::string kFind = select_of<Upload>() + "WHERE state = :state ORDER BY changed_at DESC LIMIT :limit";
  return session.all<Upload>(kFind, state, limit_of(limit));
}

std::vector<Upload> uploads_of(Session& session, const std::string& token, std::size_t limit) {
  static const std::string kFind = select_of<Upload>() + "WHERE token = :token ORDER BY changed_at DESC LIMIT :limit";
  return session.all<Upload>(kFind, token, limit_of(limit));
}

// The newest of each state, by its index, and of them the newest.
std::vector<Upload> uploads_in_any_state(Session& session, std::size_t limit) {
  std::vector<Upload> all;
  for (const UploadState state : {UploadState::receiving, UploadState::done, UploadState::failed, UploadState::aborted})
    std::ranges::move(uploads_in(session, state, limit), std::back_inserter(all));
  std::ranges::sort(all, std::greater<>(), &Upload::changed_at);
  if (all.size() > limit) all.resize(limit);
  return all;
}

}  // namespace

io::Task<Result<std::vector<UploadSummary>>> SqlCatalog::list_uploads(UploadQuery query) {
  return database_->read([query = std::move(query)](Session& session) {
    std::vector<Upload> uploads = query.token   ? uploads_of(session, *query.token, query.limit)
                                  : query.state ? uploads_in(session, *query.state, query.limit)
                                                : uploads_in_any_state(session, query.limit);
    std::vector<UploadSummary> summaries;
    for (Upload& upload : uploads) summaries.push_back(summary_of(session, std::move(upload)));
    return summaries;
  });
}

io::Task<Result<std::optional<UploadReport>>> SqlCatalog::report_upload(std::string upload_id) {
  return database_->read([upload_id = std::move(upload_id)](Session& session) -> std::optional<UploadReport> {
    static const std::string kFind = select_of<Upload>() + "WHERE upload_id = :upload_id";
    static const std::string kTroubles = select_of<UploadTroubles>() + "WHERE upload_id = :upload_id";
    static const std::string kEvents = select_of<Event>() + "WHERE photo_id = :photo_id ORDER BY event_id";
    auto upload = session.one<Upload>(kFind, upload_id);
    if (!upload) return std::nullopt;
    UploadReport report;
    report.summary = summary_of(session, std::move(*upload));
    report.troubles = session.one<UploadTroubles>(kTroubles, upload_id).value_or(UploadTroubles{});
    report.chunks = session.all<StoredChunk>(
        "SELECT begin_at, end_at, NULLIF(received_at, 0) FROM receipts WHERE upload_id = :upload_id "
        "ORDER BY received_at, begin_at",
        upload_id);
    if (report.summary.upload.state != UploadState::done) return report;
    report.photo = photo_row(session, report.summary.upload.photo_id);
    report.events = session.all<Event>(kEvents, report.summary.upload.photo_id);
    return report;
  });
}

io::Task<Result<void>> SqlCatalog::note_troubles(std::vector<NotedTroubles> troubles) {
  return database_->write(Weight::light, [troubles = std::move(troubles)](Session& session) -> Result<void> {
    for (const NotedTroubles& noted : troubles) {
      const auto there =
          session.one<std::string>("SELECT upload_id FROM uploads WHERE upload_id = :upload_id", noted.upload_id);
      if (!there) continue;
      // COALESCE keeps the last trouble when there was none since.
      session.run(
          "INSERT INTO upload_troubles(upload_id, attempts, found, taken_over, stalled, cut, failed, last_error, "
          "last_error_at) VALUES(:upload_id, :attempts, :found, :taken_over, :stalled, :cut, :failed, :last_error, "
          ":last_error_at) ON CONFLICT (upload_id) DO UPDATE SET attempts = upload_troubles.attempts + "
          "excluded.attempts, found = upload_troubles.found + excluded.found, taken_over = "
          "upload_troubles.taken_over + excluded.taken_over, stalled = upload_troubles.stalled + excluded.stalled, "
          "cut = upload_troubles.cut + excluded.cut, failed = upload_troubles.failed + excluded.failed, "
          "last_error = CASE WHEN excluded.last_error_at IS NULL THEN upload_troubles.last_error ELSE "
          "excluded.last_error END, last_error_at = COALESCE(excluded.last_error_at, upload_troubles.last_error_at)",
          noted.upload_id, noted.more);
    }
    return {};
  });
}

io::Task<Result<Backlog>> SqlCatalog::backlog() {
  return database_->read([](Session& session) {
    const auto number = [&](const char* sql, const auto&... args) {
      return session.one<std::int64_t>(sql, args...).value_or(0);
    };
    Backlog backlog;
    backlog.waiting_events =
        number("SELECT COUNT(*) FROM (SELECT event_id FROM outbox WHERE state = 'waiting' LIMIT :limit) AS few",
               kCountedEvents);
    backlog.dead_events = number(
        "SELECT COUNT(*) FROM (SELECT event_id FROM outbox WHERE state = 'dead' LIMIT :limit) AS few", kCountedEvents);
    backlog.open_uploads = number("SELECT COUNT(*) FROM uploads WHERE state = 'receiving'");
    backlog.reserved_bytes = static_cast<std::uint64_t>(
        number("SELECT COALESCE(SUM(total_size), 0) FROM uploads WHERE state = 'receiving'"));
    return backlog;
  });
}

}  // namespace stile::catalog
