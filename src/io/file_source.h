// FileSource: a file as a ByteSource, read on a pool.
#pragma once

#include <algorithm>
#include <cstdint>

#include "io/byte_source.h"
#include "io/file_system.h"
#include "io/thread_pool.h"

namespace stile::io {

class FileSource final : public ByteSource {
 public:
  // `file` and `pool` must outlive the source.
  FileSource(const File& file, std::uint64_t size, ThreadPool& pool) : file_(file), size_(size), pool_(pool) {}

  Task<Result<std::size_t>> read(MutableBytes into) override {
    const auto part = into.first(std::min<std::uint64_t>(into.size(), size_ - offset_));
    if (part.empty()) co_return std::size_t{0};
    auto got = co_await pool_.run([&] { return file_.read_at_blocking(offset_, part); });
    if (got && *got == 0) co_return fail(Errc::io_error, {}, "the file is shorter than it was");
    if (got) offset_ += *got;
    co_return got;
  }
  // For a pool that writes what it reads.
  Result<std::optional<std::size_t>> try_read(MutableBytes into) override {
    auto got = file_.read_at_blocking(offset_, into.first(std::min<std::uint64_t>(into.size(), size_ - offset_)));
    if (!got) return fail(std::move(got).error());
    if (*got == 0 && offset_ < size_) return fail(Errc::io_error, {}, "the file is shorter than it was");
    offset_ += *got;
    return *got;
  }
  Task<Readiness> wait_readable(Milliseconds) override { co_return Readiness::ready; }
  bool at_end() const override { return offset_ == size_; }

 private:
  const File& file_;
  const std::uint64_t size_;
  ThreadPool& pool_;
  std::uint64_t offset_ = 0;
};

}  // namespace stile::io
