#include "catalog/photo_change.h"

#include "catalog/announce.h"
#include "catalog/lookups.h"
#include "catalog/numbers.h"
#include "catalog/photo_links.h"
#include "catalog/publications.h"

namespace stile::catalog {

namespace {

template <class T, class U>
void apply(const std::optional<T>& change, U& field) {
  if (change) field = *change;
}

// Those named anew take their new values, the others keep theirs and their places; empty ones go.
Params merged(const Params& before, const Params& change) {
  Params after;
  for (const auto& [key, value] : before)
    if (!change.has(key)) after.add(key, value);
  for (const auto& [key, value] : change)
    if (!value.empty() && !after.has(key)) after.add(key, value);
  return after;
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
  if (!change.variables.empty()) metadata.variables = merged(metadata.variables, change.variables);
  return photo;
}

}  // namespace

Result<Photo> change_photo(Session& session, PhotoChange& change, WallTime now) {
  static const std::string kInsertEvent = insert_of<Event>();
  publish_if_due(session, change.photo_id, now);
  const std::optional<Photo> before = photo_row(session, change.photo_id);
  if (!before) return fail(Errc::not_found);
  Photo after = changed(*before, change);
  after.edited_at = now;
  const Metadata& metadata = after.metadata;
  session.run(
      "UPDATE photos SET title = :title, description = :description, tags = :tags, album_ids = :album_ids, "
      "publish = :publish, publish_date = :publish_date, absolute_url = :absolute_url, variables = :variables, "
      "promoted = :promoted, edited_at = :edited_at WHERE photo_id = :photo_id",
      metadata.title, metadata.description, metadata.tags, metadata.album_ids, metadata.publish, metadata.publish_date,
      metadata.absolute_url, metadata.variables, after.promoted, after.edited_at, after.photo_id);
  unlink_photo(session, *before);
  link_photo(session, after);
  if (is_news(*before, after)) announce_photo(session, after.photo_id, PhotoNews::updated, now);
  for (Event& event : change.events) {
    event.event_id = take_numbers(session, "event", 1);
    session.run(kInsertEvent, event);
  }
  return after;
}

}  // namespace stile::catalog
