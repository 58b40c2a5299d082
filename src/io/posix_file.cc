#include "io/posix_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "io/posix_file_system.h"

namespace stile::io {

PosixFile::~PosixFile() { ::close(fd_); }

Result<void> PosixFile::write_at_blocking(std::uint64_t offset, Bytes bytes) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) {
      const int number = wrote == 0 ? EIO : errno;
      stats_->failed_writes.add();
      return fail(error_from_errno(number, "pwrite"));
    }
    offset += static_cast<std::uint64_t>(wrote);
    bytes = bytes.subspan(static_cast<std::size_t>(wrote));
  }
  return {};
}

Result<std::size_t> PosixFile::read_at_blocking(std::uint64_t offset, MutableBytes into) const {
  std::size_t total = 0;
  while (total < into.size()) {
    const ssize_t got = ::pread(fd_, into.data() + total, into.size() - total, static_cast<off_t>(offset + total));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      const int number = errno;
      stats_->failed_reads.add();
      return fail(error_from_errno(number, "pread"));
    }
    if (got == 0) break;
    total += static_cast<std::size_t>(got);
  }
  return total;
}

Result<void> PosixFile::reserve_blocking(std::uint64_t size) {
  if (size == 0) return {};
  int outcome;
  do outcome = ::fallocate(fd_, 0, 0, static_cast<off_t>(size));
  while (outcome != 0 && errno == EINTR);
  if (outcome == 0) return {};
  // Without support for fallocate the space cannot be promised; the length still can, and a full disk shows at the write.
  if (errno == EOPNOTSUPP) return resize_blocking(size);
  return fail(error_from_errno(errno == EFBIG ? ENOSPC : errno, "fallocate"));
}

Result<void> PosixFile::resize_blocking(std::uint64_t size) {
  int outcome;
  do outcome = ::ftruncate(fd_, static_cast<off_t>(size));
  while (outcome != 0 && errno == EINTR);
  if (outcome != 0) return fail(error_from_errno(errno, "ftruncate"));
  return {};
}

Result<void> PosixFile::copy_from_blocking(const File& from, std::uint64_t from_offset, std::uint64_t to_offset,
                                           std::uint64_t length) {
  // Where the kernel cannot copy by itself, a buffer does.
  while (length > 0 && from.descriptor() >= 0) {
    auto in = static_cast<loff_t>(from_offset);
    auto out = static_cast<loff_t>(to_offset);
    const ssize_t copied = ::copy_file_range(from.descriptor(), &in, fd_, &out, length, 0);
    if (copied < 0 && errno == EINTR) continue;
    if (copied < 0 && (errno == EXDEV || errno == EINVAL || errno == EOPNOTSUPP || errno == ENOSYS)) break;
    if (copied <= 0) return fail(error_from_errno(copied == 0 ? EIO : errno, "copy_file_range"));
    from_offset += static_cast<std::uint64_t>(copied);
    to_offset += static_cast<std::uint64_t>(copied);
    length -= static_cast<std::uint64_t>(copied);
  }
  std::vector<std::byte> buffer(length == 0 ? 0 : 256 * kKiB);
  while (length > 0) {
    const auto part = MutableBytes(buffer).first(std::min<std::uint64_t>(buffer.size(), length));
    auto got = from.read_at_blocking(from_offset, part);
    if (!got) return fail(got.error());
    if (*got == 0) return fail(Errc::io_error, {}, "copy: the source is shorter than expected");
    STILE_TRY(write_at_blocking(to_offset, part.first(*got)));
    from_offset += *got;
    to_offset += *got;
    length -= *got;
  }
  return {};
}

Result<void> PosixFile::sync_data_blocking() {
  // Never retried on failure: the kernel may have dropped the dirty pages, and a second call would lie (invariant I10).
  const Stopwatch watch;
  const int number = ::fdatasync(fd_) == 0 ? 0 : errno;
  stats_->data_syncs.observe(watch.elapsed());
  if (number == 0) return {};
  stats_->failed_data_syncs.add();
  return fail(error_from_errno(number, "fdatasync"));
}

Result<std::uint64_t> PosixFile::size_blocking() const {
  struct stat status {};
  if (::fstat(fd_, &status) != 0) return fail(error_from_errno(errno, "fstat"));
  return static_cast<std::uint64_t>(status.st_size);
}

}  // namespace stile::io
