// Changing what a photo says, inside somebody's transaction. Internal to catalog/.
#pragma once

#include "catalog/library.h"
#include "catalog/session.h"

namespace stile::catalog {

// Returns the photo as it is now; not_found. The change's events are stored with it, and get their numbers.
Result<Photo> change_photo(Session& session, PhotoChange& change, WallTime now);

}  // namespace stile::catalog
