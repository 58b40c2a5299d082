// DataDir: the catalog of a data directory, opened for the command line or for the server.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "app/settings.h"
#include "catalog/sql_catalog.h"
#include "io/file_system.h"

namespace stile::app {

// Opens (or creates) DATA and DATA/stile.db. `checkpoint_failed`: see SqlCatalogOptions.
Result<std::unique_ptr<catalog::SqlCatalog>> open_catalog_blocking(
    const Settings& settings, std::function<void(const Error&)> checkpoint_failed = {});

// invalid_input, in words for a person, when no server has ever begun with this catalog and the archive has files: then
// stile.db was lost or emptied, and a new one would give their numbers to others.
Result<void> check_catalog_is_of_archive_blocking(const Settings& settings, catalog::SqlCatalog& catalog,
                                                  io::FileSystem& files);

// not_found, in words for a person, when there is none; makes nothing.
Result<void> check_catalog_exists(const Settings& settings);
// Opens one that must be there: a directory whose name was mistyped is no empty archive.
Result<std::unique_ptr<catalog::SqlCatalog>> open_existing_catalog_blocking(const Settings& settings);

}  // namespace stile::app
