// FileSystem: the disk as a constructor argument, rooted at the data directory.
//
// Real: PosixFileSystem. In tests: MemoryFileSystem, which forgets what was not synced, and FaultyFileSystem, which fails
// the N-th call. Errors: disk_full (ENOSPC, EDQUOT), not_found (ENOENT), already_exists (EEXIST), io_error for the rest;
// EINTR and short writes are retried inside.
// Blocking: every function named so; call them on a pool. Threads: any.
// Durability: nothing survives power loss but what was synced: sync_data for a file's bytes and size, sync_directory for
// the names in it (creation, rename, removal).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace stile::io {

// A relative path made of safe components: [0-9A-Za-z._-]+, no "." and no "..", so that nothing a client sends can climb
// or name a device. Building one from anything else aborts: validate first (invariant I9).
class SafePath {
 public:
  SafePath() = default;  // the root itself
  explicit SafePath(std::string_view component) { *this = *this / component; }
  SafePath operator/(std::string_view component) const;
  SafePath parent() const;
  const std::string& text() const { return text_; }  // "a/b/c"; empty for the root
  bool operator==(const SafePath&) const = default;
  auto operator<=>(const SafePath&) const = default;

 private:
  std::string text_;
};

// An open file; closes itself. Positional operations of several threads do not disturb each other.
class File {
 public:
  virtual ~File() = default;
  virtual Result<void> write_at_blocking(std::uint64_t offset, Bytes bytes) = 0;
  // Reads until `into` is full or the file ends; returns how many bytes.
  virtual Result<std::size_t> read_at_blocking(std::uint64_t offset, MutableBytes into) const = 0;
  // Takes space for [0, size) and makes the file that long. Fails with disk_full before anything was written.
  virtual Result<void> reserve_blocking(std::uint64_t size) = 0;
  // Cuts or extends the file.
  virtual Result<void> resize_blocking(std::uint64_t size) = 0;
  // Copies a range from another file of the same file system (in the kernel where possible).
  virtual Result<void> copy_from_blocking(const File& from, std::uint64_t from_offset, std::uint64_t to_offset,
                                          std::uint64_t length) = 0;
  // fdatasync: bytes and size survive power loss. After a failure the file's unsynced bytes are lost for good (I10).
  virtual Result<void> sync_data_blocking() = 0;
  virtual Result<std::uint64_t> size_blocking() const = 0;
  // The descriptor, for sendfile; -1 when there is none.
  virtual int descriptor() const { return -1; }
};

enum class OpenMode {
  create_new,  // read-write; fails with already_exists
  read_write,  // must exist
  read_only,   // must exist
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual Result<std::unique_ptr<File>> open_blocking(const SafePath& path, OpenMode mode) = 0;
  // Makes one directory; fine when it is there. The parent must exist.
  virtual Result<void> make_directory_blocking(const SafePath& path) = 0;
  // Never replaces: already_exists when there is a `to`, unless both are names of one file (a power loss can bring the
  // old one back), of which `from` then goes. Atomic for readers; durable after both directories are synced.
  virtual Result<void> rename_blocking(const SafePath& from, const SafePath& to) = 0;
  // Removes a file, or a directory that is empty. not_found when there is none.
  virtual Result<void> remove_blocking(const SafePath& path) = 0;
  virtual Result<void> sync_directory_blocking(const SafePath& path) = 0;
  virtual Result<bool> exists_blocking(const SafePath& path) = 0;
  // Names in a directory, sorted, without "." and "..".
  virtual Result<std::vector<std::string>> list_blocking(const SafePath& path) = 0;
  // Bytes that an unprivileged writer could still take.
  virtual Result<std::uint64_t> free_bytes_blocking() = 0;
};

}  // namespace stile::io
