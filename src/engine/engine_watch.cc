// What is counted of uploads, and told of them. Nothing here decides anything.
#include <algorithm>

#include "engine/engine.h"

namespace stile::engine {
namespace {

constexpr std::size_t kNotedAtOnce = 500;

bool is_empty(const catalog::UploadTroubles& troubles) {
  return troubles.attempts == 0 && troubles.found == 0;  // each of the others comes with an attempt
}

}  // namespace

// Of a body that was let in to be written.
void Engine::tally(const UploadHandle& upload, ByteRange range, const Result<WriteOutcome>& outcome,
                   const std::string& request_id) {
  catalog::Upload record;
  {
    std::lock_guard lock(upload->mutex);
    catalog::UploadTroubles& counts = upload->unnoted;
    ++counts.attempts;
    if (outcome) {
      if (*outcome == WriteOutcome::already_there) ++counts.found;
    } else {
      switch (outcome.error().code) {
        case Errc::interrupted: ++counts.taken_over; break;
        case Errc::timed_out: ++counts.stalled; break;
        case Errc::truncated:
        case Errc::closed: ++counts.cut; break;
        default: ++counts.failed; break;
      }
      counts.last_error = outcome.error().code;
      counts.last_error_at = parts_.clock.wall_now();
      record = upload->record;
    }
  }
  if (!outcome) {
    stats_.chunk_errors.add(outcome.error().code);
    tell({.what = UploadNews::What::chunk_failed,
          .upload = record,
          .reason = &outcome.error(),
          .range = range,
          .request_id = request_id});
  } else if (*outcome == WriteOutcome::already_there) {
    stats_.chunks_found.add();
  } else {
    stats_.chunks_stored.add();
  }
}

bool Engine::has(const UploadHandle& upload, ByteRange range) const {
  if (!is_stored(upload, range)) return false;
  stats_.chunks_found.add();
  std::lock_guard lock(upload->mutex);
  ++upload->unnoted.found;
  return true;
}

// What could not be noted is put back, with what has come since.
static void put_back(ActiveUpload& upload, const catalog::UploadTroubles& more) {
  std::lock_guard lock(upload.mutex);
  catalog::UploadTroubles& now = upload.unnoted;
  now.attempts += more.attempts;
  now.found += more.found;
  now.taken_over += more.taken_over;
  now.stalled += more.stalled;
  now.cut += more.cut;
  now.failed += more.failed;
  if (now.last_error_at) return;
  now.last_error = more.last_error;
  now.last_error_at = more.last_error_at;
}

io::Task<Result<void>> Engine::note_troubles() {
  if (parts_.insight == nullptr) co_return Result<void>{};
  std::optional<catalog::UploadKey> last;  // each has one turn, or a busy server would never come to an end
  for (;;) {
    std::vector<UploadHandle> uploads;
    std::vector<catalog::NotedTroubles> noted;
    {
      std::lock_guard lock(mutex_);
      for (auto entry = last ? active_.upper_bound(*last) : active_.begin(); entry != active_.end(); ++entry) {
        const UploadHandle& upload = entry->second;
        std::lock_guard inner(upload->mutex);
        if (is_empty(upload->unnoted) || upload->record.upload_id.empty()) continue;
        uploads.push_back(upload);
        noted.push_back({upload->record.upload_id, std::exchange(upload->unnoted, {})});
        if (noted.size() == kNotedAtOnce) break;
      }
    }
    if (noted.empty()) co_return Result<void>{};
    auto stored = co_await parts_.insight->note_troubles(noted);
    if (stored) last = uploads.back()->key;
    if (stored) continue;
    for (std::size_t i = 0; i < uploads.size(); ++i) put_back(*uploads[i], noted[i].more);
    co_return stored;
  }
}

}  // namespace stile::engine
