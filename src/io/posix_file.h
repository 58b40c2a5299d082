// PosixFile: File over a descriptor. See io/file_system.h for what each call promises.
#pragma once

#include <memory>

#include "io/file_stats.h"
#include "io/file_system.h"

namespace stile::io {

class PosixFile final : public File {
 public:
  // Takes the descriptor; counts in `stats`.
  PosixFile(int fd, std::shared_ptr<FileStats> stats) : fd_(fd), stats_(std::move(stats)) {}
  ~PosixFile() override;
  PosixFile(const PosixFile&) = delete;

  Result<void> write_at_blocking(std::uint64_t offset, Bytes bytes) override;
  Result<std::size_t> read_at_blocking(std::uint64_t offset, MutableBytes into) const override;
  Result<void> reserve_blocking(std::uint64_t size) override;
  Result<void> resize_blocking(std::uint64_t size) override;
  Result<void> copy_from_blocking(const File& from, std::uint64_t from_offset, std::uint64_t to_offset,
                                  std::uint64_t length) override;
  Result<void> sync_data_blocking() override;
  Result<std::uint64_t> size_blocking() const override;
  int descriptor() const override { return fd_; }

 private:
  const int fd_;
  const std::shared_ptr<FileStats> stats_;  // a file may outlive its file system
};

}  // namespace stile::io
