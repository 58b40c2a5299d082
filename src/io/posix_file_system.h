// PosixFileSystem: FileSystem over the kernel, rooted at one directory that is opened once.
//
// All paths are resolved relative to that directory's descriptor. Files are opened with O_NOFOLLOW and O_CLOEXEC.
#pragma once

#include <memory>
#include <string>

#include "io/file_stats.h"
#include "io/file_system.h"

namespace stile::io {

class PosixFileSystem final : public FileSystem {
 public:
  // Creates `root` (and what is missing above it) with mode 0700 when it is not there.
  static Result<std::unique_ptr<PosixFileSystem>> open_root_blocking(const std::string& root);
  ~PosixFileSystem() override;
  PosixFileSystem(const PosixFileSystem&) = delete;

  // Takes an exclusive lock on the root that ends with this process; already_exists when another process has it.
  Result<void> lock_root_blocking();
  // Whether the path still leads to the root, and its file system takes writes: not_found when it was moved, removed or
  // mounted over, permission_denied when it is read-only now.
  Result<void> check_root_blocking() const;
  const FileStats& stats() const { return *stats_; }

  Result<std::unique_ptr<File>> open_blocking(const SafePath& path, OpenMode mode) override;
  Result<void> make_directory_blocking(const SafePath& path) override;
  Result<void> rename_blocking(const SafePath& from, const SafePath& to) override;
  Result<void> remove_blocking(const SafePath& path) override;
  Result<void> sync_directory_blocking(const SafePath& path) override;
  Result<bool> exists_blocking(const SafePath& path) override;
  Result<std::vector<std::string>> list_blocking(const SafePath& path) override;
  Result<std::uint64_t> free_bytes_blocking() override;

 private:
  PosixFileSystem(std::string root, int root_fd) : root_(std::move(root)), root_fd_(root_fd) {}
  const std::string root_;
  const int root_fd_;
  const std::shared_ptr<FileStats> stats_ = std::make_shared<FileStats>();
  int lock_fd_ = -1;
};

// Turns errno into an Error; the one place that does.
Error error_from_errno(int number, std::string what);

}  // namespace stile::io
