// SqlCatalog: changing and deleting photos.
#include "catalog/database.h"
#include "catalog/lookups.h"
#include "catalog/numbers.h"
#include "catalog/photo_links.h"

namespace stile::catalog {

namespace {

std::optional<Photo> photo_row(Session& session, std::int64_t photo_id) {
  static const std::string kFind = select_of<Photo>() + "WHERE photo_id = :photo_id";
  return session.one<Photo>(kFind, photo_id);
}

template <class T, class U>
void apply(const std::optional<T>& change, U& field) {
  if (change) field = *change;
}

Photo changed(Photo photo, const PhotoChange& change) {
  Metadata& metadata = photo.metadata;
  apply(change.title, metadata.title);
  apply(change.description, metadata.description);
  apply(change.tags, metadata.tags);
  apply(change.album_ids, metadata.album_ids);
  apply(change.publish, metadata.publish);
  apply(change.publish_date, metadata.publish_date);
  apply(change.absolute_url, metadata.absolute_url);
  apply(change.promoted, photo.promoted);
  return photo;
}

}  // namespace

io::Task<Result<Photo>> SqlCatalog::update_photo(PhotoChange change, WallTime now) {
  return database_->write(Weight::full, [change = std::move(change), now](Session& session) mutable -> Result<Photo> {
    static const std::string kInsertEvent = insert_of<Event>();
    const std::optional<Photo> before = photo_row(session, change.photo_id);
    if (!before) return fail(Errc::not_found);
    Photo after = changed(*before, change);
    after.edited_at = now;
    const Metadata& metadata = after.metadata;
    session.run("UPDATE photos SET title = :title, description = :description, tags = :tags, album_ids = :album_ids, "
                "publish = :publish, publish_date = :publish_date, absolute_url = :absolute_url, promoted = :promoted, "
                "edited_at = :edited_at WHERE photo_id = :photo_id",
                metadata.title, metadata.description, metadata.tags, metadata.album_ids, metadata.publish,
                metadata.publish_date, metadata.absolute_url, after.promoted, after.edited_at, after.photo_id);
    unlink_photo(session, *before);
    link_photo(session, after);
    for (Event& event : change.events) {
      event.event_id = take_numbers(session, "event", 1);
      session.run(kInsertEvent, event);
    }
    return after;
  });
}

// Survives: a crash right after. Readers ask the catalog first, so the photo is gone for them; the row in `removals`
// outlives the crash, and whoever removes files finds them by it.
io::Task<Result<void>> SqlCatalog::delete_photo(std::int64_t photo_id, WallTime now) {
  return database_->write(Weight::full, [photo_id, now](Session& session) -> Result<void> {
    const std::optional<Photo> photo = photo_row(session, photo_id);
    if (!photo) return fail(Errc::not_found);
    unlink_photo(session, *photo);
    session.run("DELETE FROM photos WHERE photo_id = :photo_id", photo_id);
    session.run("INSERT INTO removals(photo_id, since) VALUES(:photo_id, :since) ON CONFLICT (photo_id) DO NOTHING",
                photo_id, now);
    return {};
  });
}

io::Task<Result<std::vector<std::int64_t>>> SqlCatalog::files_to_remove(std::size_t limit) {
  return database_->read([limit](Session& session) {
    return session.all<std::int64_t>("SELECT photo_id FROM removals ORDER BY since, photo_id LIMIT :limit",
                                     limit_of(limit));
  });
}

io::Task<Result<void>> SqlCatalog::files_removed(std::int64_t photo_id) {
  return database_->write(Weight::light, [photo_id](Session& session) -> Result<void> {
    session.run("DELETE FROM removals WHERE photo_id = :photo_id", photo_id);
    return {};
  });
}

}  // namespace stile::catalog
