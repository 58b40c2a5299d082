#include "store/disk_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>

#include "base/random.h"
#include "io/faulty_file_system.h"
#include "io/memory_file_system.h"
#include "io/posix_file_system.h"

namespace stile::store {
namespace {

using io::Faults;
using Survivors = io::MemoryFileSystem::Survivors;
using testing::ElementsAre;
using testing::IsEmpty;

const std::string kId = "00ff00ff00ff00ff00ff00ff00ff00ff";
const std::string kOther = "11ff00ff00ff00ff00ff00ff00ff00ff";

std::string text_of(const io::File& file) {
  std::string text(file.size_blocking().value(), '\0');
  EXPECT_TRUE(file.read_at_blocking(0, std::as_writable_bytes(std::span(text))));
  return text;
}

class BlobStoreContract : public testing::TestWithParam<const char*> {
 protected:
  BlobStoreContract() {
    if (std::string_view(GetParam()) == "OnPosix") {
      SystemRandom random;
      folder_ = std::filesystem::temp_directory_path() / ("stile-store-" + random_hex(random, 16));
      files_ = std::move(*io::PosixFileSystem::open_root_blocking(folder_.string()));
    } else {
      files_ = std::make_unique<io::MemoryFileSystem>();
    }
    auto disk = std::make_unique<DiskStore>(*files_, DiskStoreSettings{});
    EXPECT_TRUE(disk->prepare_blocking());
    EXPECT_TRUE(disk->prepare_blocking());  // every start does
    store = std::move(disk);
  }
  ~BlobStoreContract() override {
    std::error_code ignored;
    if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
  }
  void stage(const std::string& id, std::string_view text) {
    auto file = store->create_staging_blocking(id, text.size());
    ASSERT_TRUE(file);
    ASSERT_TRUE((*file)->write_at_blocking(0, as_bytes(text)));
  }
  std::vector<std::string> staged() {
    std::vector<std::string> ids;
    EXPECT_TRUE(store->visit_staging_blocking([&](std::string_view id) { ids.emplace_back(id); }));
    return ids;
  }

  std::unique_ptr<BlobStore> store;

 private:
  std::filesystem::path folder_;
  std::unique_ptr<io::FileSystem> files_;
};

TEST_P(BlobStoreContract, AStagingFileHasItsSizeAtOnce) {
  auto file = store->create_staging_blocking(kId, 1000);
  ASSERT_TRUE(file);
  EXPECT_EQ((*file)->size_blocking(), 1000u);
  EXPECT_EQ(store->create_staging_blocking(kId, 1000).error().code, Errc::already_exists);
  EXPECT_TRUE(store->open_staging_blocking(kId));
  EXPECT_EQ(store->open_staging_blocking(kOther).error().code, Errc::not_found);
}

TEST_P(BlobStoreContract, VisitsEveryStagingFile) {
  stage(kId, "a");
  EXPECT_TRUE(store->create_spool_blocking(kOther, 0));
  EXPECT_THAT(staged(), ElementsAre(kId, kOther));
  EXPECT_TRUE(store->remove_staging_blocking(kId));
  EXPECT_TRUE(store->remove_staging_blocking(kId));
  EXPECT_THAT(staged(), ElementsAre(kOther));
}

TEST_P(BlobStoreContract, PublishMovesTheFileAndCanBeRepeated) {
  stage(kId, "photo");
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(store->publish_blocking(kId, 300));
  EXPECT_THAT(staged(), IsEmpty());
  EXPECT_EQ(text_of(**store->open_original_blocking(300)), "photo");
  EXPECT_EQ(store->has_original_blocking(300), true);
}

TEST_P(BlobStoreContract, PublishOfNothingSaysSo) {
  EXPECT_EQ(store->publish_blocking(kId, 300).error().code, Errc::not_found);
  EXPECT_EQ(store->has_original_blocking(300), false);
}

TEST_P(BlobStoreContract, RemovesAllOfAPhoto) {
  stage(kId, "photo");
  ASSERT_TRUE(store->publish_blocking(kId, 300));
  EXPECT_TRUE(store->remove_photo_blocking(300));
  EXPECT_TRUE(store->remove_photo_blocking(300));
  EXPECT_EQ(store->open_original_blocking(300).error().code, Errc::not_found);
}

INSTANTIATE_TEST_SUITE_P(Disk, BlobStoreContract, testing::Values("InMemory", "OnPosix"),
                         [](const auto& info) { return info.param; });

class DiskStoreInMemory : public testing::Test {
 protected:
  DiskStoreInMemory() { EXPECT_TRUE(store.prepare_blocking()); }

  io::MemoryFileSystem memory{100'000};
  Faults faults;
  io::FaultyFileSystem files{memory, faults};
  DiskStore store{files, {.durability = Durability::chunk, .low_water_bytes = 10'000}};
};

TEST_F(DiskStoreInMemory, BelowTheLowWaterMarkNothingIsBegun) {
  EXPECT_EQ(store.create_staging_blocking(kId, 90'001).error().code, Errc::disk_full);
  EXPECT_EQ(store.create_staging_blocking(kId, ~0ull).error().code, Errc::disk_full);
  EXPECT_THAT(memory.all_files(), IsEmpty());
  EXPECT_TRUE(store.create_staging_blocking(kId, 90'000));
  EXPECT_EQ(store.create_staging_blocking(kOther, 1).error().code, Errc::disk_full);
  EXPECT_TRUE(store.create_spool_blocking(kOther, 0));  // takes nothing yet
}

TEST_F(DiskStoreInMemory, PassesOverForeignFilesInItsFolders) {
  const io::SafePath folder = io::SafePath("staging") / "00";
  for (const char* name : {".nfs0001", "..x", "00", "x", "00FF00ff00ff00ff00ff00ff00ff00ff"})
    ASSERT_TRUE(memory.open_blocking(folder / name, io::OpenMode::create_new)) << name;
  ASSERT_TRUE(memory.open_blocking(folder / kOther, io::OpenMode::create_new));  // in the wrong folder
  int visited = 0;
  EXPECT_TRUE(store.visit_staging_blocking([&](std::string_view) { ++visited; }));
  EXPECT_EQ(visited, 0);
}

using DiskStoreFault = DiskStoreInMemory;

TEST_F(DiskStoreFault, AStagingFileThatCannotBeMadeLeavesNothing) {
  for (const Errc code : {Errc::disk_full, Errc::io_error}) {
    for (std::uint64_t number = 1;; ++number) {
      ASSERT_LT(number, 20u);
      faults.fail_call(number, Faults::Times::once, code);
      auto file = store.create_staging_blocking(kId, 1000);
      if (file) break;
      EXPECT_EQ(file.error().code, code);
      EXPECT_THAT(memory.all_files(), IsEmpty()) << number;
    }
    faults.clear();
    ASSERT_TRUE(store.remove_staging_blocking(kId));
  }
}

using DiskStoreCrash = DiskStoreInMemory;

TEST_F(DiskStoreCrash, TheNameOfAStagingFileSurvives_I1) {
  auto file = store.create_staging_blocking(kId, 1000);
  ASSERT_TRUE(file);
  ASSERT_TRUE((*file)->write_at_blocking(0, as_bytes("bytes")) && (*file)->sync_data_blocking());
  memory.crash(Survivors::synced_only);
  EXPECT_EQ(text_of(**store.open_staging_blocking(kId)).substr(0, 5), "bytes");
}

// Power is cut before every call of a publish; whatever the disk kept, repeating it ends with the whole file in the
// archive.
TEST_F(DiskStoreCrash, PublishCanBeRepeatedAfterACutAtEveryStep_I4) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    for (std::uint64_t cut = 1;; ++cut) {
      ASSERT_LT(cut, 20u);
      SCOPED_TRACE("seed " + std::to_string(seed) + ", cut at call " + std::to_string(cut));
      io::MemoryFileSystem disk;
      io::FaultyFileSystem wires(disk, faults);
      DiskStore subject(wires, {});
      faults.clear();
      ASSERT_TRUE(subject.prepare_blocking());
      auto file = subject.create_staging_blocking(kId, 5);
      ASSERT_TRUE((*file)->write_at_blocking(0, as_bytes("photo")) && (*file)->sync_data_blocking());
      faults.fail_call(cut, Faults::Times::from_then_on, Errc::io_error);
      const bool published = subject.publish_blocking(kId, 7).has_value();
      faults.clear();
      disk.crash(seed == 0 ? Survivors::synced_only : Survivors::some_unsynced, seed);
      if (published) EXPECT_EQ(text_of(**subject.open_original_blocking(7)), "photo");
      ASSERT_TRUE(subject.publish_blocking(kId, 7));
      disk.crash(Survivors::synced_only);
      ASSERT_EQ(subject.has_original_blocking(7), true);
      EXPECT_EQ(text_of(**subject.open_original_blocking(7)), "photo");
      if (published) break;
    }
  }
}

}  // namespace
}  // namespace stile::store
