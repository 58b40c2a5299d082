// Insight: what operators ask about uploads and queues, and the little that is written only to answer them.
//
// Beside Catalog. Threads and errors: as Catalog's. Uploads that have ended are remembered as long as their answer
// (Catalog::forget_ended_uploads).
// What it costs: a time in each receipt, which is written anyway. Repeats and stalls are counted in memory by the engine
// and noted with its sweep, never by the request that saw them; a crash loses those of the last minute.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "catalog/records.h"
#include "io/task.h"

namespace stile::catalog {

// How an upload fares, beside the chunks that were stored. Counts of requests.
struct UploadTroubles {
  std::int64_t attempts = 0;    // bodies that were let in to be written
  std::int64_t found = 0;       // asked for, or sent again, and there already
  std::int64_t taken_over = 0;  // let go, because the same range came again
  std::int64_t stalled = 0;     // stood still, or too slow
  std::int64_t cut = 0;         // ended in the middle
  std::int64_t failed = 0;      // for any other reason
  Errc last_error = Errc::io_error;        // of the last four; io_error while there were none
  std::optional<WallTime> last_error_at = {};
};

struct NotedTroubles {
  std::string upload_id;
  UploadTroubles more;  // since they were noted last
};

struct StoredChunk {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::optional<WallTime> received_at = {};  // none: before this was kept
};

struct UploadQuery {
  std::optional<UploadState> state = {};
  std::optional<std::string> token = {};  // of this token; with it, every state
  std::size_t limit = 50;
};

struct UploadSummary {
  Upload upload;
  std::int64_t chunks = 0;
  std::uint64_t received_bytes = 0;
  std::optional<WallTime> first_chunk_at = {};
  std::optional<WallTime> last_chunk_at = {};
};

struct UploadReport {
  UploadSummary summary;
  UploadTroubles troubles;
  std::vector<StoredChunk> chunks;      // as they came
  std::optional<Photo> photo = {};      // of one that is done, unless it was deleted
  std::vector<Event> events = {};       // of that photo, oldest first
};

// What waits, at this moment. Numbers of events are counted up to kCountedEvents.
struct Backlog {
  std::int64_t waiting_events = 0;
  std::int64_t dead_events = 0;
  std::int64_t open_uploads = 0;
  std::uint64_t reserved_bytes = 0;  // that open uploads have taken on the disk
};
inline constexpr std::int64_t kCountedEvents = 100'000;

class Insight {
 public:
  virtual ~Insight() = default;

  // Last changed first.
  virtual io::Task<Result<std::vector<UploadSummary>>> list_uploads(UploadQuery query) = 0;
  virtual io::Task<Result<std::optional<UploadReport>>> report_upload(std::string upload_id) = 0;
  // Adds to what was noted before. Passes over uploads that are not there any more.
  virtual io::Task<Result<void>> note_troubles(std::vector<NotedTroubles> troubles) = 0;
  virtual io::Task<Result<Backlog>> backlog() = 0;
};

}  // namespace stile::catalog
