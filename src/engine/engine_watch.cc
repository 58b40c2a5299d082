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

void Engine::tell(UploadNews::What what, const catalog::Upload& upload, const Error* reason,
                  std::optional<ByteRange> range) const {
  if (parts_.on_news) parts_.on_news({what, upload, reason, range});
}

// Of a body that was let in to be written.
void Engine::tally(const UploadHandle& upload, ByteRange range, const Result<WriteOutcome>& outcome) {
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
    tell(UploadNews::What::chunk_failed, record, &outcome.error(), range);
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

io::Task<Result<void>> Engine::note_troubles() {
  if (parts_.insight == nullptr) co_return Result<void>{};
  std::vector<std::pair<UploadHandle, catalog::NotedTroubles>> taken;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [key, upload] : active_) {
      std::lock_guard inner(upload->mutex);
      if (is_empty(upload->unnoted) || upload->record.upload_id.empty()) continue;
      taken.emplace_back(upload, catalog::NotedTroubles{upload->record.upload_id, std::exchange(upload->unnoted, {})});
      if (taken.size() == kNotedAtOnce) break;  // the rest has its turn with the next sweep
    }
  }
  if (taken.empty()) co_return Result<void>{};
  std::vector<catalog::NotedTroubles> noted;
  for (const auto& [upload, more] : taken) noted.push_back(more);
  auto stored = co_await parts_.insight->note_troubles(std::move(noted));
  if (stored) co_return stored;
  for (const auto& [upload, more] : taken) {  // another time, with what has come since
    std::lock_guard lock(upload->mutex);
    catalog::UploadTroubles& now = upload->unnoted;
    now.attempts += more.more.attempts;
    now.found += more.more.found;
    now.taken_over += more.more.taken_over;
    now.stalled += more.more.stalled;
    now.cut += more.more.cut;
    now.failed += more.more.failed;
    if (now.last_error_at) continue;
    now.last_error = more.more.last_error;
    now.last_error_at = more.more.last_error_at;
  }
  co_return stored;
}

}  // namespace stile::engine
