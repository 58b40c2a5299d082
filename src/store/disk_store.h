// DiskStore: BlobStore in one directory of one file system, so that publishing is a rename.
//
//   staging/<first two hex digits of the upload id>/<upload id>
//   archive/<last two hex digits of the photo id>/<photo id>/original
#pragma once

#include "base/durability.h"
#include "io/file_system.h"
#include "store/blob_store.h"

namespace stile::store {

struct DiskStoreSettings {
  Durability durability = Durability::chunk;
  std::uint64_t low_water_bytes = 0;  // new uploads are refused when less than this would stay free
};

class DiskStore final : public BlobStore {
 public:
  // `files` must outlive the store. prepare_blocking() makes the directories; call it once before anything else.
  DiskStore(io::FileSystem& files, DiskStoreSettings settings) : files_(files), settings_(settings) {}
  Result<void> prepare_blocking();

  Result<std::unique_ptr<io::File>> create_staging_blocking(std::string_view upload_id, std::uint64_t size) override;
  Result<std::unique_ptr<io::File>> create_spool_blocking(std::string_view upload_id,
                                                              std::uint64_t expected_bytes) override;
  Result<void> check_space_blocking(std::uint64_t needed) override;
  Result<std::unique_ptr<io::File>> open_staging_blocking(std::string_view upload_id) override;
  Result<void> remove_staging_blocking(std::string_view upload_id) override;
  Result<void> visit_staging_blocking(const std::function<void(std::string_view)>& visit) override;
  Result<void> publish_blocking(std::string_view upload_id, std::int64_t photo_id) override;
  Result<std::unique_ptr<io::File>> open_original_blocking(std::int64_t photo_id) override;
  Result<bool> has_original_blocking(std::int64_t photo_id) override;
  Result<void> remove_photo_blocking(std::int64_t photo_id) override;
  Result<std::string> set_aside_photo_blocking(std::int64_t photo_id, const std::string& why) override;
  Result<std::int64_t> highest_photo_id_blocking() override;

 private:
  Result<void> sync_directory_blocking(const io::SafePath& path);

  io::FileSystem& files_;
  const DiskStoreSettings settings_;
};

}  // namespace stile::store
