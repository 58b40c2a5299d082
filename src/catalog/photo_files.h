// Which files a photo has: changes of that inside somebody's transaction. Internal to catalog/.
//
// A file is named by an id of its own, from the numbers of photos, and never changes; what changes is which one a photo
// has. The one that it had goes into `removals` in the same transaction (engine/file_remover.h takes it off the disk).
#pragma once

#include "catalog/session.h"

namespace stile::catalog {

// Remembers a file that no photo has any more; 0 is none.
void discard_file(Session& session, std::int64_t file_id, WallTime now);

// Gives the photo `file.photo_id` the file that `file` describes, or, when that is an image and the photo a video, the
// poster. Returns the photo as it is now; not_found.
Result<Photo> replace_file(Session& session, const Photo& file, WallTime now);

}  // namespace stile::catalog
