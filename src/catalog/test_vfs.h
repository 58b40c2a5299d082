// WatchedVfs: SQLite's own file system, with hooks into what is done to the file of a database (not to its log). While
// one lives, databases that are opened go through it; all are closed before it dies. For tests.
#pragma once

#include <sqlite3.h>

#include <functional>
#include <mutex>

#include "base/check.h"

namespace stile::catalog {

class WatchedVfs {
 public:
  WatchedVfs() {
    CHECK(self_ == nullptr);
    self_ = this;
    base_ = sqlite3_vfs_find(nullptr);
    vfs_ = *base_;
    vfs_.zName = "watched";
    vfs_.pNext = nullptr;
    vfs_.xOpen = open;
    CHECK(sqlite3_vfs_register(&vfs_, 1) == SQLITE_OK);
  }
  ~WatchedVfs() {
    sqlite3_vfs_unregister(&vfs_);
    sqlite3_vfs_register(base_, 1);
    self_ = nullptr;
  }
  WatchedVfs(const WatchedVfs&) = delete;

  using Hook = std::function<int()>;
  // Before a page is written; another answer than SQLITE_OK is that of the write.
  void on_write(Hook hook) { set(write_, std::move(hook)); }
  // When a connection that begins a checkpoint has read the log's head, and it has changed since it last did.
  void on_log_head_read(Hook hook) { set(head_read_, std::move(hook)); }

 private:
  void set(Hook& which, Hook hook) {
    std::lock_guard lock(mutex_);
    which = std::move(hook);
  }
  int call(const Hook& which) {
    std::unique_lock lock(mutex_);
    const Hook hook = which;
    lock.unlock();
    return hook ? hook() : SQLITE_OK;
  }

  // A file's methods are found through a table, so another table is all it takes.
  static int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
    const int result = self_->base_->xOpen(self_->base_, name, file, flags, out_flags);
    if (result != SQLITE_OK || (flags & SQLITE_OPEN_MAIN_DB) == 0) return result;
    std::lock_guard lock(self_->mutex_);
    self_->original_ = file->pMethods;
    self_->methods_ = *file->pMethods;
    self_->methods_.xWrite = write;
    self_->methods_.xUnfetch = unfetch;
    file->pMethods = &self_->methods_;
    return result;
  }
  static int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 at) {
    if (const int refused = self_->call(self_->write_); refused != SQLITE_OK) return refused;
    return self_->original_->xWrite(file, bytes, size, at);
  }
  static int unfetch(sqlite3_file* file, sqlite3_int64 at, void* pages) {
    if (pages == nullptr) self_->call(self_->head_read_);
    return self_->original_->xUnfetch(file, at, pages);
  }

  static inline WatchedVfs* self_ = nullptr;
  sqlite3_vfs* base_ = nullptr;
  sqlite3_vfs vfs_{};
  const sqlite3_io_methods* original_ = nullptr;
  sqlite3_io_methods methods_{};
  std::mutex mutex_;
  Hook write_;
  Hook head_read_;
};

}  // namespace stile::catalog
