// What the kernel may answer, below PosixFile: EINTR and short counts are taken up again, everything else becomes the
// right error value, and a sync is asked for once only (I10).
//
// This file replaces the calls for the whole test program; without a plan they go to the C library.
#include "io/posix_file.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "base/random.h"
#include "io/posix_file_system.h"

namespace {

// The next `times` calls of `name` fail with `number`; or, with number 0, move at most one byte.
struct CallPlan {
  std::string_view name;
  int number = 0;
  int times = 0;
  int seen = 0;
};
// Of the thread that tests: others in this program are left alone.
thread_local CallPlan plan;

bool is_hit(std::string_view name) {
  if (plan.name != name) return false;
  ++plan.seen;
  if (plan.times == 0) return false;
  --plan.times;
  return true;
}

template <class Function>
Function* original(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

// The C library's own names, which the linker finds here first.
extern "C" {
ssize_t pwrite(int fd, const void* bytes, size_t count, off_t offset) {
  static auto* const real = original<ssize_t(int, const void*, size_t, off_t)>("pwrite");
  if (!is_hit("pwrite")) return real(fd, bytes, count, offset);
  if (plan.number == 0) return real(fd, bytes, count > 1 ? 1 : count, offset);
  errno = plan.number;
  return -1;
}
ssize_t pread(int fd, void* bytes, size_t count, off_t offset) {
  static auto* const real = original<ssize_t(int, void*, size_t, off_t)>("pread");
  if (!is_hit("pread")) return real(fd, bytes, count, offset);
  if (plan.number == 0) return real(fd, bytes, count > 1 ? 1 : count, offset);
  errno = plan.number;
  return -1;
}
int fdatasync(int fd) {
  static auto* const real = original<int(int)>("fdatasync");
  if (!is_hit("fdatasync")) return real(fd);
  errno = plan.number;
  return -1;
}
int fsync(int fd) {
  static auto* const real = original<int(int)>("fsync");
  if (!is_hit("fsync")) return real(fd);
  errno = plan.number;
  return -1;
}
int fallocate(int fd, int mode, off_t offset, off_t length) {
  static auto* const real = original<int(int, int, off_t, off_t)>("fallocate");
  if (!is_hit("fallocate")) return real(fd, mode, offset, length);
  errno = plan.number;
  return -1;
}
int ftruncate(int fd, off_t length) noexcept {
  static auto* const real = original<int(int, off_t)>("ftruncate");
  if (!is_hit("ftruncate")) return real(fd, length);
  errno = plan.number;
  return -1;
}
int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) noexcept {
  static auto* const real = original<int(int, const char*, int, const char*, unsigned)>("renameat2");
  if (!is_hit("renameat2")) return real(from_folder, from, to_folder, to, flags);
  errno = plan.number;
  return -1;
}
}

namespace stile::io {
namespace {

class PosixFault : public testing::Test {
 protected:
  PosixFault() {
    SystemRandom random;
    root_ = std::filesystem::temp_directory_path() / ("stile-posix-fault-" + random_hex(random, 16));
    files_ = std::move(*PosixFileSystem::open_root_blocking(root_));
    file_ = std::move(*files_->open_blocking(SafePath("a"), OpenMode::create_new));
  }
  ~PosixFault() override {
    plan = {};
    file_.reset();
    files_.reset();
    std::filesystem::remove_all(root_);
  }
  static void next_calls(std::string_view name, int number, int times = 1) { plan = {name, number, times, 0}; }
  std::string text() {
    std::string bytes(100, '\0');
    bytes.resize(file_->read_at_blocking(0, std::as_writable_bytes(std::span(bytes))).value_or(0));
    return bytes;
  }

  std::string root_;
  std::unique_ptr<PosixFileSystem> files_;
  std::unique_ptr<File> file_;
};

TEST_F(PosixFault, ShortWritesAndInterruptionsAreTakenUpAgain) {
  next_calls("pwrite", 0, 5);
  EXPECT_TRUE(file_->write_at_blocking(0, as_bytes("ten bytes!")));
  EXPECT_EQ(plan.seen, 6);
  EXPECT_EQ(text(), "ten bytes!");
  next_calls("pwrite", EINTR, 3);
  EXPECT_TRUE(file_->write_at_blocking(0, as_bytes("TEN BYTES!")));
  EXPECT_EQ(text(), "TEN BYTES!");
}

TEST_F(PosixFault, ShortReadsAndInterruptionsAreTakenUpAgain) {
  ASSERT_TRUE(file_->write_at_blocking(0, as_bytes("ten bytes!")));
  next_calls("pread", 0, 5);
  EXPECT_EQ(text(), "ten bytes!");
  next_calls("pread", EINTR, 3);
  EXPECT_EQ(text(), "ten bytes!");
}

TEST_F(PosixFault, InterruptedReservationsAndCutsAreTakenUpAgain) {
  next_calls("fallocate", EINTR, 3);
  EXPECT_TRUE(file_->reserve_blocking(50));
  EXPECT_EQ(file_->size_blocking(), 50u);
  next_calls("ftruncate", EINTR, 3);
  EXPECT_TRUE(file_->resize_blocking(10));
  EXPECT_EQ(file_->size_blocking(), 10u);
}

TEST_F(PosixFault, WhereSpaceCannotBeReservedTheLengthStillIs) {
  next_calls("fallocate", EOPNOTSUPP);
  EXPECT_TRUE(file_->reserve_blocking(50));
  EXPECT_EQ(file_->size_blocking(), 50u);
}

TEST_F(PosixFault, WhereTheKernelCannotPromiseNotToReplaceItIsLookedFirst) {
  ASSERT_TRUE(file_->write_at_blocking(0, as_bytes("text")));
  ASSERT_TRUE(files_->open_blocking(SafePath("b"), OpenMode::create_new));
  for (const int number : {EINVAL, ENOSYS}) {
    next_calls("renameat2", number);
    EXPECT_EQ(files_->rename_blocking(SafePath("a"), SafePath("b")).error().code, Errc::already_exists);
    EXPECT_EQ(plan.times, 0);
  }
  next_calls("renameat2", EINVAL);
  EXPECT_TRUE(files_->rename_blocking(SafePath("a"), SafePath("c")));
  EXPECT_EQ(files_->list_blocking(SafePath()), (std::vector<std::string>{"b", "c"}));
}

// As a power loss may leave them.
TEST_F(PosixFault, OfTwoNamesOfOneFileTheOldOneGoes) {
  std::filesystem::create_hard_link(root_ + "/a", root_ + "/b");
  EXPECT_TRUE(files_->rename_blocking(SafePath("a"), SafePath("b")));
  EXPECT_EQ(files_->list_blocking(SafePath()), std::vector<std::string>{"b"});
}

TEST_F(PosixFault, EveryErrorBecomesItsValue) {
  const std::pair<int, Errc> errors[] = {{EIO, Errc::io_error},
                                         {ENOSPC, Errc::disk_full},
                                         {EDQUOT, Errc::disk_full},
                                         {EROFS, Errc::io_error},
                                         {EMFILE, Errc::io_error}};
  for (const auto& [number, code] : errors) {
    SCOPED_TRACE(number);
    next_calls("pwrite", number);
    EXPECT_EQ(file_->write_at_blocking(0, as_bytes("x")).error().code, code);
    next_calls("pread", number);
    std::byte one[1];
    EXPECT_EQ(file_->read_at_blocking(0, one).error().code, code);
    next_calls("fallocate", number);
    EXPECT_EQ(file_->reserve_blocking(1).error().code, code);
    next_calls("ftruncate", number);
    EXPECT_EQ(file_->resize_blocking(1).error().code, code);
    next_calls("fdatasync", number);
    EXPECT_EQ(file_->sync_data_blocking().error().code, code);
    next_calls("fsync", number);
    EXPECT_EQ(files_->sync_directory_blocking(SafePath()).error().code, code);
    next_calls("renameat2", number);
    EXPECT_EQ(files_->rename_blocking(SafePath("a"), SafePath("b")).error().code, code);
    EXPECT_TRUE(file_->write_at_blocking(0, as_bytes("x"))) << "the fault has passed";
  }
  EXPECT_EQ(files_->stats().failed_reads.value(), std::size(errors));
  EXPECT_EQ(files_->stats().failed_writes.value(), std::size(errors));
}

// A pipe would be waited for until somebody writes to it, and a link leads out of the data directory.
TEST_F(PosixFault, WhatIsNoRegularFileIsAnErrorAtOnce) {
  ASSERT_EQ(::mkfifo((root_ + "/pipe").c_str(), 0600), 0);
  std::filesystem::create_symlink("/etc/passwd", root_ + "/link");
  std::filesystem::create_directory(root_ + "/folder");
  for (const char* name : {"pipe", "link", "folder"})
    for (const OpenMode mode : {OpenMode::read_only, OpenMode::read_write})
      EXPECT_EQ(files_->open_blocking(SafePath(name), mode).error().code, Errc::io_error) << name;
}

// Whatever the reason, the kernel may have dropped the pages; a second call would say that all is well (I10).
TEST_F(PosixFault, AFailedSyncIsNeverRepeated_I10) {
  for (const int number : {EIO, ENOSPC, EDQUOT, EINTR}) {
    next_calls("fdatasync", number);
    EXPECT_FALSE(file_->sync_data_blocking());
    EXPECT_EQ(plan.seen, 1);
    next_calls("fsync", number);
    EXPECT_FALSE(files_->sync_directory_blocking(SafePath()));
    EXPECT_EQ(plan.seen, 1);
  }
}

}  // namespace
}  // namespace stile::io
