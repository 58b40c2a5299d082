// DataDir: the catalog of a data directory, opened for the command line or for the server.
#pragma once

#include <memory>
#include <string>

#include "app/settings.h"
#include "catalog/sql_catalog.h"

namespace stile::app {

// Opens (or creates) DATA and DATA/stile.db.
Result<std::unique_ptr<catalog::SqlCatalog>> open_catalog_blocking(const Settings& settings);

}  // namespace stile::app
