// WriterStats, CheckpointStats: figures of the catalog's one writer, and of who copies its log back.
#pragma once

#include "base/metrics.h"

namespace stile::catalog {

struct WriterStats {
  Histogram batches{kBatchSizes};      // operations committed together
  Histogram transactions{kDiskTimes};  // from BEGIN, with the wait for another process, to the synced COMMIT
  Counter failed;                      // transactions of which nothing was stored
  Counter refused;                     // operations that found the queue full
};

inline constexpr std::int64_t kLogFrameBytes = 4096 + 24;  // a page with its head

struct CheckpointStats {
  Histogram checkpoints{kDiskTimes};  // of the log or of a part of it
  Counter failed;                     // which leaves the log as it was
  Gauge log_frames;                   // after the last commit
};

}  // namespace stile::catalog
