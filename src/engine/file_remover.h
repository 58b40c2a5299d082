// FileRemover: takes the files of deleted photos off the disk.
//
// The catalog deletes first and remembers the id (Library::delete_photo); this removes the files and then the memory.
//   crash before the catalog's commit   the photo is whole, nothing was deleted
//   crash after it, files still there   nobody can read them; sweep() removes them at the next start
//   crash after the files went          sweep() finds none and forgets the id
// Removing is safe to repeat and to do twice at once. Threads: any. Photo ids are never given twice.
#pragma once

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

  // One photo that delete_photo has taken out of the catalog.
  io::Task<Result<void>> remove(std::int64_t photo_id);
  // All that are remembered. Stops at the first failure.
  io::Task<Result<void>> sweep();

 private:
  catalog::Library& library_;
  store::BlobStore& store_;
  io::ThreadPool& disk_;
};

}  // namespace stile::engine
