// SqlCatalog: changing and deleting photos.
#include "catalog/announce.h"
#include "catalog/database.h"
#include "catalog/lookups.h"
#include "catalog/photo_change.h"
#include "catalog/photo_files.h"
#include "catalog/photo_links.h"

namespace stile::catalog {

io::Task<Result<Photo>> SqlCatalog::update_photo(PhotoChange change, WallTime now) {
  return database_->write(Weight::full, [change = std::move(change), now](Session& session) mutable -> Result<Photo> {
    return change_photo(session, change, now);
  });
}

// Survives: a crash right after. Readers ask the catalog first, so the photo is gone for them; the rows in `removals`
// outlive the crash, and whoever removes files finds them by these.
io::Task<Result<Photo>> SqlCatalog::delete_photo(std::int64_t photo_id, WallTime now) {
  return database_->write(Weight::full, [photo_id, now](Session& session) -> Result<Photo> {
    std::optional<Photo> photo = photo_row(session, photo_id);
    if (!photo) return fail(Errc::not_found);
    unlink_photo(session, *photo);
    announce_photo(session, photo_id, PhotoNews::deleted, now);
    session.run("DELETE FROM photos WHERE photo_id = :photo_id", photo_id);
    discard_file(session, photo->file_id, now);
    discard_file(session, photo->poster_id, now);
    return std::move(*photo);
  });
}

}  // namespace stile::catalog
