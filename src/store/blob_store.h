// BlobStore: where the bytes of uploads under way and of finished photos live.
//
// Blocking; call on the disk pool. Threads: any. Files are named by ids of our own making only (invariant I9).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "io/file_system.h"

namespace stile::store {

class BlobStore {
 public:
  virtual ~BlobStore() = default;

  // Makes the staging file of an upload and takes `size` bytes for it. When this returns, the file's name is durable, so
  // that a receipt for its bytes cannot outlive it. Fails with disk_full, also when less than the low-water mark would
  // be left; then there is no file.
  virtual Result<std::unique_ptr<io::File>> create_staging_blocking(std::string_view upload_id, std::uint64_t size) = 0;
  // The same for a file whose size is not yet known and that no receipt will speak of: nothing is reserved or synced.
  virtual Result<std::unique_ptr<io::File>> create_spool_blocking(std::string_view upload_id,
                                                                      std::uint64_t expected_bytes) = 0;
  // Fails with disk_full when `needed` more bytes would leave less than the low-water mark.
  virtual Result<void> check_space_blocking(std::uint64_t needed) = 0;
  virtual Result<std::unique_ptr<io::File>> open_staging_blocking(std::string_view upload_id) = 0;
  // Fine when there is none.
  virtual Result<void> remove_staging_blocking(std::string_view upload_id) = 0;
  // Calls `visit` with the upload id of every staging file; passes over what does not look like one.
  virtual Result<void> visit_staging_blocking(const std::function<void(std::string_view)>& visit) = 0;

  // Moves the staging file into the archive as the original of a photo, durably. The file's bytes must be synced already.
  // Safe to repeat after a crash at any point, also when the move has happened before. not_found when there is neither a
  // staging file nor an original; already_exists when the photo has another original, which stays as it is.
  virtual Result<void> publish_blocking(std::string_view upload_id, std::int64_t photo_id) = 0;
  virtual Result<std::unique_ptr<io::File>> open_original_blocking(std::int64_t photo_id) = 0;
  virtual Result<bool> has_original_blocking(std::int64_t photo_id) = 0;
  // Removes all files of a photo. Fine when there are none.
  virtual Result<void> remove_photo_blocking(std::int64_t photo_id) = 0;
  // Takes the original out of the archive without losing it: lost-and-found/, with a note that ends in `why`. Returns
  // where it is now, relative to the data directory; empty when there was none.
  virtual Result<std::string> set_aside_photo_blocking(std::int64_t photo_id, const std::string& why) = 0;
  // The highest id that a folder of the archive has; 0 when there is none. Looks at every name.
  virtual Result<std::int64_t> highest_photo_id_blocking() = 0;
};

}  // namespace stile::store
