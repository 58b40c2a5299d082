// DataDir: the catalog of a data directory, opened for the command line or for the server.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "app/settings.h"
#include "catalog/sql_catalog.h"

namespace stile::app {

// Opens (or creates) DATA and DATA/stile.db. `checkpoint_failed`: see SqlCatalogOptions.
Result<std::unique_ptr<catalog::SqlCatalog>> open_catalog_blocking(
    const Settings& settings, std::function<void(const Error&)> checkpoint_failed = {});

// not_found, in words for a person, when there is none; makes nothing.
Result<void> check_catalog_exists(const Settings& settings);
// Opens one that must be there: a directory whose name was mistyped is no empty archive.
Result<std::unique_ptr<catalog::SqlCatalog>> open_existing_catalog_blocking(const Settings& settings);

}  // namespace stile::app
