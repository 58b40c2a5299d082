// The schema of the catalog and how an older one becomes this one. Internal to catalog/.
#pragma once

#include "base/result.h"
#include "catalog/session.h"

namespace stile::catalog {

// The newest schema this program knows.
int newest_schema();

// Brings the database to the newest schema in one transaction: a crash in the middle leaves the old one.
// Fails with invalid_input when the database is newer than this program; throws SqlError.
Result<void> migrate_blocking(Session& session);

}  // namespace stile::catalog
