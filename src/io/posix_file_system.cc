#include "io/posix_file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "io/posix_file.h"

namespace stile::io {
namespace {

const char* path_text(const SafePath& path) { return path.text().empty() ? "." : path.text().c_str(); }

}  // namespace

Error error_from_errno(int number, std::string what) {
  Errc code = Errc::io_error;
  switch (number) {
    case ENOSPC:
    case EDQUOT: code = Errc::disk_full; break;
    case ENOENT: code = Errc::not_found; break;
    case EEXIST: code = Errc::already_exists; break;
    default: break;
  }
  return Error{code, {}, std::move(what) + ": " + std::generic_category().message(number)};
}

Result<std::unique_ptr<PosixFileSystem>> PosixFileSystem::open_root_blocking(const std::string& root) {
  std::error_code error;
  std::filesystem::create_directories(root, error);
  if (error) return fail(Errc::io_error, {}, "create " + root + ": " + error.message());
  const int fd = ::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return fail(error_from_errno(errno, "open " + root));
  return std::unique_ptr<PosixFileSystem>(new PosixFileSystem(root, fd));
}

PosixFileSystem::~PosixFileSystem() {
  if (lock_fd_ >= 0) ::close(lock_fd_);
  ::close(root_fd_);
}

Result<void> PosixFileSystem::lock_root_blocking() {
  const int fd = ::openat(root_fd_, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return fail(error_from_errno(errno, "open lock"));
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    ::close(fd);
    return fail(Errc::already_exists, {}, "another process holds the lock");
  }
  lock_fd_ = fd;
  return {};
}

Result<void> PosixFileSystem::check_root_blocking() const {
  struct stat there {};
  struct stat ours {};
  if (::stat(root_.c_str(), &there) != 0) return fail(error_from_errno(errno, "stat " + root_));
  if (::fstat(root_fd_, &ours) != 0) return fail(error_from_errno(errno, "stat of the open directory"));
  if (there.st_dev != ours.st_dev || there.st_ino != ours.st_ino)
    return fail(Errc::not_found, {}, root_ + " is another directory now");
  struct statvfs status {};
  if (::fstatvfs(root_fd_, &status) != 0) return fail(error_from_errno(errno, "statvfs"));
  if ((status.f_flag & ST_RDONLY) != 0) return fail(Errc::permission_denied, {}, "the file system is read-only");
  return {};
}

Result<std::unique_ptr<File>> PosixFileSystem::open_blocking(const SafePath& path, OpenMode mode) {
  // Somebody may have put a pipe or a device in the place of a file: without O_NONBLOCK opening one waits for ever.
  int flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  switch (mode) {
    case OpenMode::create_new: flags |= O_RDWR | O_CREAT | O_EXCL; break;
    case OpenMode::read_write: flags |= O_RDWR; break;
    case OpenMode::read_only: flags |= O_RDONLY; break;
  }
  int fd;
  do fd = ::openat(root_fd_, path_text(path), flags, 0600);
  while (fd < 0 && errno == EINTR);
  if (fd < 0) return fail(error_from_errno(errno, "open " + path.text()));
  auto file = std::make_unique<PosixFile>(fd, stats_);
  struct stat status {};
  if (::fstat(fd, &status) != 0) return fail(error_from_errno(errno, "fstat " + path.text()));
  if (!S_ISREG(status.st_mode)) return fail(Errc::io_error, {}, "open " + path.text() + ": not a regular file");
  return file;
}

Result<void> PosixFileSystem::make_directory_blocking(const SafePath& path) {
  if (::mkdirat(root_fd_, path_text(path), 0700) != 0 && errno != EEXIST)
    return fail(error_from_errno(errno, "mkdir " + path.text()));
  return {};
}

Result<void> PosixFileSystem::rename_blocking(const SafePath& from, const SafePath& to) {
  const std::string what = "rename " + from.text() + " to " + to.text();
  if (::renameat2(root_fd_, path_text(from), root_fd_, path_text(to), RENAME_NOREPLACE) == 0) return {};
  if (errno == EEXIST) {
    struct stat old_name {}, new_name {};
    if (::fstatat(root_fd_, path_text(from), &old_name, AT_SYMLINK_NOFOLLOW) != 0 ||
        ::fstatat(root_fd_, path_text(to), &new_name, AT_SYMLINK_NOFOLLOW) != 0)
      return fail(error_from_errno(errno, "stat for " + what));
    if (old_name.st_dev != new_name.st_dev || old_name.st_ino != new_name.st_ino)
      return fail(error_from_errno(EEXIST, what));
    return remove_blocking(from);
  }
  if (errno != EINVAL && errno != ENOSYS) return fail(error_from_errno(errno, what));
  // A file system that cannot promise it (NFS, for one). Nobody else makes names here, so looking first is as good.
  const auto taken = exists_blocking(to);
  if (!taken) return fail(taken.error());
  if (*taken) return fail(error_from_errno(EEXIST, what));
  if (::renameat(root_fd_, path_text(from), root_fd_, path_text(to)) != 0) return fail(error_from_errno(errno, what));
  return {};
}

Result<void> PosixFileSystem::remove_blocking(const SafePath& path) {
  if (::unlinkat(root_fd_, path_text(path), 0) == 0) return {};
  if (errno == EISDIR && ::unlinkat(root_fd_, path_text(path), AT_REMOVEDIR) == 0) return {};
  return fail(error_from_errno(errno, "remove " + path.text()));
}

Result<void> PosixFileSystem::sync_directory_blocking(const SafePath& path) {
  const int fd = ::openat(root_fd_, path_text(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return fail(error_from_errno(errno, "open directory " + path.text()));
  const Stopwatch watch;
  const int number = ::fsync(fd) == 0 ? 0 : errno;
  stats_->directory_syncs.observe(watch.elapsed());
  ::close(fd);
  if (number != 0) stats_->failed_directory_syncs.add();
  if (number != 0) return fail(error_from_errno(number, "fsync directory " + path.text()));
  return {};
}

Result<bool> PosixFileSystem::exists_blocking(const SafePath& path) {
  struct stat status {};
  if (::fstatat(root_fd_, path_text(path), &status, AT_SYMLINK_NOFOLLOW) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  return fail(error_from_errno(errno, "stat " + path.text()));
}

Result<std::vector<std::string>> PosixFileSystem::list_blocking(const SafePath& path) {
  const int fd = ::openat(root_fd_, path_text(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return fail(error_from_errno(errno, "open directory " + path.text()));
  DIR* directory = ::fdopendir(fd);
  if (directory == nullptr) {
    const int number = errno;
    ::close(fd);
    return fail(error_from_errno(number, "read directory " + path.text()));
  }
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(directory)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  const int number = errno;
  ::closedir(directory);
  if (number != 0) return fail(error_from_errno(number, "read directory " + path.text()));
  std::ranges::sort(names);
  return names;
}

Result<std::uint64_t> PosixFileSystem::free_bytes_blocking() {
  struct statvfs status {};
  if (::fstatvfs(root_fd_, &status) != 0) return fail(error_from_errno(errno, "statvfs"));
  return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
}

}  // namespace stile::io
