// FileRemover: takes files that no photo has any more off the disk: of deleted photos, and those that were replaced.
//
// The catalog forgets the file first and remembers its id (Library::delete_photo, Catalog::finish_upload); this removes
// the file and then the memory.
//   crash before the catalog's commit   the photo is whole, nothing was deleted or replaced
//   crash after it, files still there   nobody can read them; sweep() removes them at the next start
//   crash after the files went          sweep() finds none and forgets the id
// Removing is safe to repeat and to do twice at once. Threads: any. Ids of files are never given twice.
// Files can be kept for a while: a backup whose copy of the catalog still names one then finds it when it comes to copy
// the archive.
#pragma once

#include "base/clock.h"
#include "base/metrics.h"
#include "catalog/library.h"
#include "io/task.h"
#include "io/thread_pool.h"
#include "store/blob_store.h"

namespace stile::engine {

class FileRemover {
 public:
  // All outlive the remover and its tasks.
  FileRemover(catalog::Library& library, store::BlobStore& store, io::ThreadPool& disk, const Clock& clock,
              Milliseconds keep)
      : library_(library), store_(store), disk_(disk), clock_(clock), keep_(keep) {}

  // One file that no photo has any more, since this moment. Left to sweep() where such files are kept.
  io::Task<Result<void>> remove(std::int64_t file_id);
  // All that are remembered and have been kept long enough. Stops at the first failure.
  io::Task<Result<void>> sweep();
  const Counter& removed() const { return removed_; }

 private:
  io::Task<Result<void>> remove_now(std::int64_t file_id);

  catalog::Library& library_;
  store::BlobStore& store_;
  io::ThreadPool& disk_;
  const Clock& clock_;
  const Milliseconds keep_;  // 0: not at all
  Counter removed_;
};

}  // namespace stile::engine
