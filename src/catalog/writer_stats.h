// WriterStats: figures of the catalog's one writer.
#pragma once

#include "base/metrics.h"

namespace stile::catalog {

struct WriterStats {
  Histogram batches{kBatchSizes};      // operations committed together
  Histogram transactions{kDiskTimes};  // from BEGIN, with the wait for another process, to the synced COMMIT
  Counter failed;                      // transactions of which nothing was stored
  Counter refused;                     // operations that found the queue full
};

}  // namespace stile::catalog
