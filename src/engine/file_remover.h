// FileRemover: takes files that no photo has any more off the disk: of deleted photos, and those that were replaced.
//
// The catalog forgets the file first and remembers its id (Library::delete_photo, Catalog::finish_upload); this removes
// the file and then the memory.
//   crash before the catalog's commit   the photo is whole, nothing was deleted or replaced
//   crash after it, files still there   nobody can read them; sweep() removes them at the next start
//   crash after the files went          sweep() finds none and forgets the id
// Removing is safe to repeat and to do twice at once. Threads: any. Ids of files are never given twice.
#pragma once

#include "base/metrics.h"
#include "catalog/library.h"
#include "io/task.h"
#include "io/thread_pool.h"
#include "store/blob_store.h"

namespace stile::engine {

class FileRemover {
 public:
  // All outlive the remover and its tasks.
  FileRemover(catalog::Library& library, store::BlobStore& store, io::ThreadPool& disk)
      : library_(library), store_(store), disk_(disk) {}

  // One file that no photo has any more.
  io::Task<Result<void>> remove(std::int64_t file_id);
  // All that are remembered. Stops at the first failure.
  io::Task<Result<void>> sweep();
  const Counter& removed() const { return removed_; }

 private:
  catalog::Library& library_;
  store::BlobStore& store_;
  io::ThreadPool& disk_;
  Counter removed_;
};

}  // namespace stile::engine
