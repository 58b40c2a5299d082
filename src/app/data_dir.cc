#include "app/data_dir.h"

#include "io/posix_file_system.h"

namespace stile::app {

Result<std::unique_ptr<catalog::SqlCatalog>> open_catalog_blocking(const Settings& settings) {
  auto root = io::PosixFileSystem::open_root_blocking(settings.server.data);
  if (!root) return fail(std::move(root).error());
  catalog::SqlCatalogOptions options;
  options.durability = settings.upload.durability;
  options.reader_threads = settings.db.readers;
  options.max_queue = settings.db.queue;
  return catalog::SqlCatalog::open_blocking(settings.server.data + "/stile.db", options);
}

}  // namespace stile::app
