#include "io/file_system.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <set>
#include <string>

#include "base/random.h"
#include "io/faulty_file_system.h"
#include "io/memory_file_system.h"
#include "io/posix_file_system.h"

namespace stile::io {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(SafePath, IsMadeOfComponents) {
  const SafePath path = SafePath("a") / "b-1" / "c_2.txt";
  EXPECT_EQ(path.text(), "a/b-1/c_2.txt");
  EXPECT_EQ(path.parent().text(), "a/b-1");
  EXPECT_EQ(SafePath("a").parent(), SafePath());
  EXPECT_EQ(SafePath().parent(), SafePath());
}

TEST(SafePathDeathTest, CannotClimbOrNameAnythingOdd_I9) {
  for (const std::string bad : {"", ".", "..", "a/b", "/", "a b", "a\n", "\xc3\xa4", "a:b", "~"})
    EXPECT_DEATH(SafePath("a") / bad, "broken invariant") << bad;
  EXPECT_DEATH(SafePath("a") / std::string_view("a\0b", 3), "broken invariant");
  EXPECT_DEATH(SafePath("a") / std::string(256, 'a'), "broken invariant");
}

std::string read_all(const File& file) {
  std::string text(file.size_blocking().value(), '\0');
  EXPECT_EQ(file.read_at_blocking(0, std::as_writable_bytes(std::span(text))), text.size());
  return text;
}

// One suite over all implementations.
class FileSystemContract : public testing::TestWithParam<const char*> {
 protected:
  FileSystemContract() {
    if (std::string_view(GetParam()) == "Posix") {
      SystemRandom random;
      folder_ = std::filesystem::temp_directory_path() / ("stile-files-" + random_hex(random, 16));
      files_ = std::move(*PosixFileSystem::open_root_blocking(folder_.string()));
    } else {
      auto memory = std::make_unique<MemoryFileSystem>();
      memory_ = memory.get();
      files_ = std::move(memory);
      if (std::string_view(GetParam()) == "FaultyWithoutFaults") {
        inner_ = std::move(files_);
        files_ = std::make_unique<FaultyFileSystem>(*inner_, faults_);
      }
    }
  }
  ~FileSystemContract() override {
    std::error_code ignored;
    if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
  }

  std::unique_ptr<File> create(const SafePath& path, std::string_view text = {}) {
    auto file = files().open_blocking(path, OpenMode::create_new);
    EXPECT_TRUE(file);
    EXPECT_TRUE((*file)->write_at_blocking(0, as_bytes(text)));
    return std::move(*file);
  }
  FileSystem& files() { return *files_; }
  const SafePath a{"a"}, b{"b"}, folder{"folder"};

 private:
  std::filesystem::path folder_;
  Faults faults_;
  std::unique_ptr<FileSystem> inner_;
  std::unique_ptr<FileSystem> files_;
  MemoryFileSystem* memory_ = nullptr;
};

TEST_P(FileSystemContract, CreateNewFailsWhenThereIsOne) {
  create(a);
  EXPECT_EQ(files().open_blocking(a, OpenMode::create_new).error().code, Errc::already_exists);
}

TEST_P(FileSystemContract, OpeningWhatIsNotThereSaysSo) {
  EXPECT_EQ(files().open_blocking(a, OpenMode::read_write).error().code, Errc::not_found);
  EXPECT_EQ(files().open_blocking(a, OpenMode::read_only).error().code, Errc::not_found);
  EXPECT_EQ(files().open_blocking(folder / "a", OpenMode::create_new).error().code, Errc::not_found);
  EXPECT_EQ(files().remove_blocking(a).error().code, Errc::not_found);
  EXPECT_EQ(files().rename_blocking(a, b).error().code, Errc::not_found);
  EXPECT_EQ(files().list_blocking(folder).error().code, Errc::not_found);
  EXPECT_EQ(files().sync_directory_blocking(folder).error().code, Errc::not_found);
  EXPECT_EQ(files().exists_blocking(a), false);
}

TEST_P(FileSystemContract, WritesAnywhereAndReadsBack) {
  const auto file = create(a, "hello");
  EXPECT_TRUE(file->write_at_blocking(8, as_bytes("world")));
  EXPECT_EQ(read_all(*file), std::string("hello\0\0\0world", 13));
  std::string part(100, 'x');
  EXPECT_EQ(file->read_at_blocking(10, std::as_writable_bytes(std::span(part))), 3u);
  EXPECT_EQ(part.substr(0, 3), "rld");
  EXPECT_EQ(file->read_at_blocking(13, std::as_writable_bytes(std::span(part))), 0u);
  EXPECT_EQ(file->read_at_blocking(1000, std::as_writable_bytes(std::span(part))), 0u);
}

TEST_P(FileSystemContract, AFileOpenedForReadingIsNotWritten) {
  create(a, "text");
  const auto file = files().open_blocking(a, OpenMode::read_only);
  ASSERT_TRUE(file);
  EXPECT_FALSE((*file)->write_at_blocking(0, as_bytes("x")));
  EXPECT_EQ(read_all(**file), "text");
}

TEST_P(FileSystemContract, ReserveMakesTheFileLongAndLosesNothing) {
  const auto file = create(a, "text");
  EXPECT_TRUE(file->reserve_blocking(10'000));
  EXPECT_EQ(file->size_blocking(), 10'000u);
  EXPECT_EQ(read_all(*file).substr(0, 5), std::string("text\0", 5));
  EXPECT_TRUE(file->reserve_blocking(100));
  EXPECT_EQ(file->size_blocking(), 10'000u);
  EXPECT_TRUE(file->reserve_blocking(0));
}

TEST_P(FileSystemContract, ResizeCutsAndExtends) {
  const auto file = create(a, "text");
  EXPECT_TRUE(file->resize_blocking(2));
  EXPECT_EQ(read_all(*file), "te");
  EXPECT_TRUE(file->resize_blocking(4));
  EXPECT_EQ(read_all(*file), std::string("te\0\0", 4));
}

TEST_P(FileSystemContract, CopiesARangeFromAnotherFile) {
  const auto from = create(a, "0123456789");
  const auto to = create(b, "abcdefgh");
  EXPECT_TRUE(to->copy_from_blocking(*from, 3, 1, 4));
  EXPECT_EQ(read_all(*to), "a3456fgh");
  EXPECT_EQ(to->copy_from_blocking(*from, 8, 0, 3).error().code, Errc::io_error);  // only two are there
}

TEST_P(FileSystemContract, RenameReplacesNothingAndKeepsOpenFilesUsable) {
  const auto file = create(a, "new");
  create(b, "old");
  EXPECT_EQ(files().rename_blocking(a, b).error().code, Errc::already_exists);
  EXPECT_EQ(read_all(**files().open_blocking(b, OpenMode::read_only)), "old");
  EXPECT_EQ(read_all(**files().open_blocking(a, OpenMode::read_only)), "new");
  EXPECT_TRUE(files().remove_blocking(b));
  EXPECT_TRUE(files().rename_blocking(a, b));
  EXPECT_EQ(files().exists_blocking(a), false);
  EXPECT_EQ(read_all(**files().open_blocking(b, OpenMode::read_only)), "new");
  EXPECT_TRUE(file->write_at_blocking(0, as_bytes("N")));
  EXPECT_EQ(read_all(**files().open_blocking(b, OpenMode::read_only)), "New");
}

TEST_P(FileSystemContract, RenameMovesBetweenDirectories) {
  ASSERT_TRUE(files().make_directory_blocking(folder));
  create(a, "text");
  EXPECT_EQ(files().rename_blocking(a, SafePath("missing") / "a").error().code, Errc::not_found);
  EXPECT_TRUE(files().rename_blocking(a, folder / "b"));
  EXPECT_THAT(*files().list_blocking(folder), ElementsAre("b"));
  EXPECT_THAT(*files().list_blocking(SafePath()), ElementsAre("folder"));
}

TEST_P(FileSystemContract, ARemovedFileStaysReadableForWhoHasItOpen) {
  const auto file = create(a, "text");
  EXPECT_TRUE(files().remove_blocking(a));
  EXPECT_EQ(files().exists_blocking(a), false);
  EXPECT_EQ(read_all(*file), "text");
  create(a, "other");
  EXPECT_EQ(read_all(*file), "text");
}

TEST_P(FileSystemContract, DirectoriesAreMadeOnceAndRemovedWhenEmpty) {
  EXPECT_TRUE(files().make_directory_blocking(folder));
  EXPECT_TRUE(files().make_directory_blocking(folder));
  EXPECT_EQ(files().make_directory_blocking(SafePath("x") / "y").error().code, Errc::not_found);
  create(folder / "a");
  EXPECT_FALSE(files().remove_blocking(folder));
  EXPECT_TRUE(files().remove_blocking(folder / "a"));
  EXPECT_TRUE(files().remove_blocking(folder));
  EXPECT_EQ(files().exists_blocking(folder), false);
  EXPECT_FALSE(files().open_blocking(folder, OpenMode::read_only));
}

TEST_P(FileSystemContract, ListsNamesSorted) {
  for (const char* name : {"c", "a", "b"}) create(SafePath(name));
  EXPECT_THAT(*files().list_blocking(SafePath()), ElementsAre("a", "b", "c"));
}

TEST_P(FileSystemContract, SyncsWhatIsThere) {
  const auto file = create(a, "text");
  EXPECT_TRUE(file->sync_data_blocking());
  EXPECT_TRUE(files().sync_directory_blocking(SafePath()));
  EXPECT_GT(files().free_bytes_blocking().value(), 0u);
}

INSTANTIATE_TEST_SUITE_P(All, FileSystemContract, testing::Values("Posix", "Memory", "FaultyWithoutFaults"),
                         [](const auto& info) { return info.param; });

TEST(PosixFileSystem, TheRootIsLockedByOneAtATime) {
  SystemRandom random;
  const auto folder = std::filesystem::temp_directory_path() / ("stile-lock-" + random_hex(random, 16));
  auto first = PosixFileSystem::open_root_blocking(folder.string());
  auto second = PosixFileSystem::open_root_blocking(folder.string());
  ASSERT_TRUE(first && second);
  EXPECT_TRUE((*first)->lock_root_blocking());
  EXPECT_EQ((*second)->lock_root_blocking().error().code, Errc::already_exists);
  first->reset();
  EXPECT_TRUE((*second)->lock_root_blocking());
  std::filesystem::remove_all(folder);
}

TEST(PosixFileSystem, NoticesThatItsRootIsGoneOrAnotherOne) {
  SystemRandom random;
  const auto folder = std::filesystem::temp_directory_path() / ("stile-root-" + random_hex(random, 16));
  auto files = PosixFileSystem::open_root_blocking(folder.string());
  ASSERT_TRUE(files);
  EXPECT_TRUE((*files)->check_root_blocking());
  const auto elsewhere = folder.string() + "-moved";
  std::filesystem::rename(folder, elsewhere);
  EXPECT_EQ((*files)->check_root_blocking().error().code, Errc::not_found);
  std::filesystem::create_directory(folder);
  EXPECT_EQ((*files)->check_root_blocking().error().code, Errc::not_found);
  std::filesystem::remove(folder);
  std::filesystem::rename(elsewhere, folder);
  EXPECT_TRUE((*files)->check_root_blocking());
  std::filesystem::remove_all(folder);
}

TEST(PosixFileSystem, CountsItsSyncs) {
  SystemRandom random;
  const auto folder = std::filesystem::temp_directory_path() / ("stile-syncs-" + random_hex(random, 16));
  auto files = PosixFileSystem::open_root_blocking(folder.string());
  ASSERT_TRUE(files);
  auto file = (*files)->open_blocking(SafePath("a"), OpenMode::create_new);
  ASSERT_TRUE(file && (*file)->sync_data_blocking() && (*file)->sync_data_blocking());
  ASSERT_TRUE((*files)->sync_directory_blocking(SafePath()));
  EXPECT_FALSE((*files)->sync_directory_blocking(SafePath("missing")));  // nothing to sync
  const auto total = [](const Histogram& histogram) {
    std::uint64_t all = 0;
    for (const std::uint64_t count : histogram.view().counts) all += count;
    return all;
  };
  EXPECT_EQ(total((*files)->stats().data_syncs), 2u);
  EXPECT_EQ(total((*files)->stats().directory_syncs), 1u);
  EXPECT_EQ((*files)->stats().failed_data_syncs.value(), 0u);
  auto read_only = (*files)->open_blocking(SafePath("a"), OpenMode::read_only);
  ASSERT_TRUE(read_only);
  EXPECT_FALSE((*read_only)->write_at_blocking(0, as_bytes("x")));
  EXPECT_EQ((*files)->stats().failed_writes.value(), 1u);
  std::filesystem::remove_all(folder);
}

class MemoryFileSystemCrash : public testing::Test {
 protected:
  using Survivors = MemoryFileSystem::Survivors;
  std::unique_ptr<File> create(const SafePath& path, std::string_view text) {
    auto file = files.open_blocking(path, OpenMode::create_new);
    EXPECT_TRUE(file);
    EXPECT_TRUE((*file)->write_at_blocking(0, as_bytes(text)));
    return std::move(*file);
  }
  std::string text_of(const SafePath& path) { return read_all(**files.open_blocking(path, OpenMode::read_only)); }

  MemoryFileSystem files;
  const SafePath a{"a"}, folder{"folder"};
};

TEST_F(MemoryFileSystemCrash, ANameThatWasNotSyncedIsGone) {
  EXPECT_TRUE(create(a, "text")->sync_data_blocking());
  files.crash(Survivors::synced_only);
  EXPECT_THAT(files.all_files(), IsEmpty());
}

TEST_F(MemoryFileSystemCrash, BytesThatWereNotSyncedAreGone) {
  const auto file = create(a, "text");
  ASSERT_TRUE(file->sync_data_blocking());
  ASSERT_TRUE(files.sync_directory_blocking(SafePath()));
  ASSERT_TRUE(file->write_at_blocking(0, as_bytes("TEXT and more")));
  files.crash(Survivors::synced_only);
  EXPECT_EQ(text_of(a), "text");
  EXPECT_EQ(file->size_blocking().error().code, Errc::io_error);  // opened before
}

TEST_F(MemoryFileSystemCrash, ARemovalThatWasNotSyncedComesBack) {
  ASSERT_TRUE(create(a, "text")->sync_data_blocking());
  ASSERT_TRUE(files.sync_directory_blocking(SafePath()));
  ASSERT_TRUE(files.remove_blocking(a));
  files.crash(Survivors::synced_only);
  EXPECT_EQ(text_of(a), "text");
}

TEST_F(MemoryFileSystemCrash, ARenamedFileIsNeverWithoutAName) {
  for (std::uint64_t seed = 0; seed < 64; ++seed) {
    for (int synced = 0; synced < 4; ++synced) {
      MemoryFileSystem disk;
      ASSERT_TRUE((*disk.open_blocking(a, OpenMode::create_new))->sync_data_blocking());
      ASSERT_TRUE(disk.sync_directory_blocking(SafePath()));
      ASSERT_TRUE(disk.make_directory_blocking(folder));
      ASSERT_TRUE(disk.rename_blocking(a, folder / "b"));
      if ((synced & 1) != 0) ASSERT_TRUE(disk.sync_directory_blocking(SafePath()));
      if ((synced & 2) != 0) ASSERT_TRUE(disk.sync_directory_blocking(folder));
      disk.crash(Survivors::some_unsynced, seed);
      EXPECT_THAT(disk.all_files(), testing::Not(IsEmpty())) << seed << " " << synced;
      if (synced == 3) EXPECT_THAT(disk.all_files(), ElementsAre("folder/b"));
    }
  }
}

TEST_F(MemoryFileSystemCrash, WritesTearAtSectors) {
  const std::string old(4096, 'o');
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    MemoryFileSystem disk;
    auto file = disk.open_blocking(a, OpenMode::create_new);
    ASSERT_TRUE((*file)->write_at_blocking(0, as_bytes(old)) && (*file)->sync_data_blocking());
    ASSERT_TRUE(disk.sync_directory_blocking(SafePath()));
    ASSERT_TRUE((*file)->write_at_blocking(100, as_bytes(std::string(3000, 'n'))));
    disk.crash(Survivors::some_unsynced, seed);
    const std::string now = read_all(**disk.open_blocking(a, OpenMode::read_only));
    ASSERT_EQ(now.size(), 4096u);
    for (std::size_t i = 1; i < now.size(); ++i)
      if (now[i] != now[i - 1]) EXPECT_TRUE(i == 100 || i == 3100 || i % MemoryFileSystem::kSectorBytes == 0) << i;
    seen.insert(now);
  }
  EXPECT_GT(seen.size(), 5u);
}

TEST_F(MemoryFileSystemCrash, AKilledProcessLosesNothing) {
  const auto file = create(a, "text");
  files.crash(Survivors::everything);
  EXPECT_EQ(text_of(a), "text");
  EXPECT_FALSE(file->write_at_blocking(0, as_bytes("x")));
}

TEST(MemoryFileSystem, IsFullAtItsCapacity) {
  MemoryFileSystem files(1000);
  auto file = files.open_blocking(SafePath("a"), OpenMode::create_new);
  EXPECT_EQ((*file)->reserve_blocking(1001).error().code, Errc::disk_full);
  EXPECT_TRUE((*file)->reserve_blocking(900));
  EXPECT_EQ(files.free_bytes_blocking(), 100u);
  EXPECT_EQ((*file)->write_at_blocking(990, as_bytes("more than ten")).error().code, Errc::disk_full);
  EXPECT_TRUE(files.remove_blocking(SafePath("a")));
  EXPECT_EQ(files.free_bytes_blocking(), 1000u);
}

TEST(FileSystemFault, TheChosenCallFailsOnceOrFromThenOn) {
  MemoryFileSystem memory;
  Faults faults;
  FaultyFileSystem files(memory, faults);
  auto file = files.open_blocking(SafePath("a"), OpenMode::create_new);
  faults.fail_call(2, Faults::Times::once, Errc::disk_full);
  EXPECT_TRUE((*file)->write_at_blocking(0, as_bytes("one")));
  EXPECT_EQ((*file)->write_at_blocking(0, as_bytes("TWO!")).error().code, Errc::disk_full);
  EXPECT_EQ(read_all(*(*memory.open_blocking(SafePath("a"), OpenMode::read_only))), "TWe");  // half of it arrived
  EXPECT_TRUE((*file)->sync_data_blocking());
  EXPECT_EQ(faults.calls(), 3u);
  faults.only("sync");
  faults.fail_call(1, Faults::Times::from_then_on, Errc::io_error);
  EXPECT_TRUE((*file)->write_at_blocking(0, as_bytes("x")));
  EXPECT_FALSE((*file)->sync_data_blocking());
  EXPECT_FALSE((*file)->sync_data_blocking());
  faults.clear();
  EXPECT_TRUE((*file)->sync_data_blocking());
}

// What the kernel does (I10): the pages are clean, the next sync has nothing to do, and nothing was written.
TEST(FileSystemFault, AfterAFailedSyncTheNextOneProvesNothing) {
  MemoryFileSystem memory;
  Faults faults;
  FaultyFileSystem files(memory, faults);
  {
    auto file = files.open_blocking(SafePath("a"), OpenMode::create_new);
    ASSERT_TRUE((*file)->write_at_blocking(0, as_bytes("kept")) && (*file)->sync_data_blocking());
    ASSERT_TRUE(files.sync_directory_blocking(SafePath()));
    ASSERT_TRUE((*file)->write_at_blocking(0, as_bytes("lost")));
    faults.only("sync");
    faults.fail_call(1, Faults::Times::once, Errc::io_error);
    EXPECT_FALSE((*file)->sync_data_blocking());
    EXPECT_TRUE((*file)->sync_data_blocking());
    EXPECT_EQ(read_all(**file), "lost");  // the cache still has it
    ASSERT_TRUE((*file)->write_at_blocking(4, as_bytes("+new")) && (*file)->sync_data_blocking());
  }
  memory.crash(MemoryFileSystem::Survivors::some_unsynced, 1);
  EXPECT_EQ(read_all(**memory.open_blocking(SafePath("a"), OpenMode::read_only)), "kept+new");
}

}  // namespace
}  // namespace stile::io
