// FileStats: figures of a file system.
#pragma once

#include "base/metrics.h"

namespace stile::io {

struct FileStats {
  Histogram data_syncs{kDiskTimes};       // fdatasync, successful or not
  Histogram directory_syncs{kDiskTimes};  // fsync of a directory
  Counter failed_data_syncs;
  Counter failed_directory_syncs;
  Counter failed_writes;  // also those that found the disk full
  Counter failed_reads;
};

}  // namespace stile::io
