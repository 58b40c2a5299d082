// Scrubber: reads every file of the archive again, now and then, and says which are not what they were.
//
// Disks forget. A file that nobody reads for years may be gone when it is wanted, and so may every backup that was made
// of it since. One file at a time is read, in blocks, slower than `bytes_per_second`, and its CRC-32 compared with what
// was computed when it came. Where it stands is kept in the catalog's facts, so that a restart goes on there; what it
// finds is kept in the catalog too (Inspection::note_damage), for `stile fsck`, until the file is found well again.
// Nothing is ever changed or removed.
// Threads: one step at a time, on a loop. Ownership: the collaborators outlive it.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <set>

#include "base/metrics.h"
#include "catalog/catalog.h"
#include "catalog/inspection.h"
#include "io/thread_pool.h"
#include "store/blob_store.h"

namespace stile::engine {

struct ScrubSettings {
  Milliseconds every{30 * 24 * 3'600'000ll};  // from the beginning of one pass to the next; 0: never
  std::uint64_t bytes_per_second = 8 << 20;
};

struct ScrubStats {
  Counter files;  // read to their end
  Counter bytes;
  Counter damaged;    // files that were not what they should be, each time they were read
  Counter passes;     // through the whole archive
  Gauge damaged_now;  // files that were not when they were read last
  Gauge last_pass;    // when the last pass came to its end, in seconds since 1970; 0: none has
};

struct ScrubParts {
  catalog::Catalog& catalog;
  catalog::Inspection& inspection;
  store::BlobStore& store;
  io::ThreadPool& disk;
  const Clock& clock;
  std::function<io::Task<bool>(Milliseconds)> pause;                // false: stop now
  std::function<void(const catalog::DamagedFile&)> on_damage = {};  // may be empty
};

class Scrubber {
 public:
  Scrubber(ScrubParts parts, ScrubSettings settings) : parts_(std::move(parts)), settings_(settings) {}

  // Looks at the files of the next photo, if a pass is due. Returns how long there is nothing to do; 0: call again.
  // After a failure the next step begins with the same photo.
  io::Task<Result<Milliseconds>> step();
  const ScrubStats& stats() const { return stats_; }

 private:
  struct Position {
    WallTime began;
    std::int64_t after_photo = 0;
    bool finished = false;
    WallTime last_pass = {};  // the end of the last one that got there
  };

  io::Task<Result<void>> load();
  io::Task<Result<void>> save();
  // Whether to go on.
  io::Task<Result<bool>> check(catalog::PhotoFiles files, std::int64_t file_id, std::uint64_t size,
                               std::optional<std::uint32_t> crc32);
  io::Task<Result<std::optional<catalog::Damage>>> read(std::int64_t file_id, std::uint64_t size,
                                                        std::optional<std::uint32_t> crc32);

  ScrubParts parts_;
  const ScrubSettings settings_;
  std::optional<Position> position_;
  std::deque<catalog::PhotoFiles> ahead_;
  std::optional<SteadyTime> saved_at_;
  std::set<std::int64_t> known_damaged_;
  bool stopped_ = false;
  ScrubStats stats_;
};

}  // namespace stile::engine
