#include "app/data_dir.h"

#include <filesystem>

#include "io/posix_file_system.h"
#include "io/run.h"
#include "store/disk_store.h"

namespace stile::app {

Result<std::unique_ptr<catalog::SqlCatalog>> open_catalog_blocking(
    const Settings& settings, std::function<void(const Error&)> checkpoint_failed) {
  auto root = io::PosixFileSystem::open_root_blocking(settings.server.data);
  if (!root) return fail(std::move(root).error());
  catalog::SqlCatalogOptions options;
  options.durability = settings.upload.durability;
  options.reader_threads = settings.db.readers;
  options.max_queue = settings.db.queue;
  options.checkpoint_failed = std::move(checkpoint_failed);
  return catalog::SqlCatalog::open_blocking(settings.server.data + "/stile.db", options);
}

Result<void> check_catalog_is_of_archive_blocking(const Settings& settings, catalog::SqlCatalog& catalog,
                                                  io::FileSystem& files) {
  const auto served = io::run_until_done(catalog.find_fact("boot_id"));
  if (!served) return fail(served.error());
  if (served->has_value()) return {};
  const auto highest = store::DiskStore(files, {}).highest_photo_id_blocking();
  if (!highest && highest.error().code != Errc::not_found) return fail(highest.error());
  if (!highest || *highest == 0) return {};
  return fail(Errc::invalid_input, "the catalog in " + settings.server.data +
                                       " is new, but archive/ has files: stile.db was lost or emptied. Put its backup "
                                       "back; to begin anew, move archive/ elsewhere");
}

Result<void> check_catalog_exists(const Settings& settings) {
  std::error_code ignored;
  if (std::filesystem::exists(settings.server.data + "/stile.db", ignored)) return {};
  return fail(Errc::not_found,
              "there is no catalog in " + settings.server.data + "; --data names a server's directory");
}

Result<std::unique_ptr<catalog::SqlCatalog>> open_existing_catalog_blocking(const Settings& settings) {
  STILE_TRY(check_catalog_exists(settings));
  return open_catalog_blocking(settings);
}

}  // namespace stile::app
