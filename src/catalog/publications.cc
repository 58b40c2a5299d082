#include "catalog/publications.h"

#include "catalog/announce.h"
#include "catalog/database.h"
#include "catalog/lookups.h"
#include "catalog/photo_links.h"

namespace stile::catalog {

namespace {

void publish(Session& session, std::int64_t photo_id, WallTime now) {
  const std::optional<Photo> before = photo_row(session, photo_id);
  if (!before) return;
  Photo after = *before;
  after.metadata.publish = true;
  session.run("UPDATE photos SET publish = 1 WHERE photo_id = :photo_id", photo_id);
  unlink_photo(session, *before);
  link_photo(session, after);
  announce_photo(session, photo_id, PhotoNews::updated, now);
}

}  // namespace

void publish_if_due(Session& session, std::int64_t photo_id, WallTime now) {
  if (session.one<std::int64_t>("SELECT photo_id FROM publications WHERE photo_id = :photo_id AND due_at <= :now",
                                photo_id, now))
    publish(session, photo_id, now);
}

io::Task<Result<std::optional<WallTime>>> SqlCatalog::next_publication() {
  return database_->read([](Session& session) {
    return session.one<std::optional<WallTime>>("SELECT MIN(due_at) FROM publications").value_or(std::nullopt);
  });
}

io::Task<Result<std::size_t>> SqlCatalog::publish_due(WallTime now, std::size_t limit) {
  return database_->write(Weight::full, [now, limit](Session& session) -> Result<std::size_t> {
    const auto due = session.all<std::int64_t>(
        "SELECT photo_id FROM publications WHERE due_at <= :now ORDER BY due_at, photo_id LIMIT :limit", now,
        limit_of(limit));
    for (const std::int64_t photo_id : due) publish(session, photo_id, now);
    return due.size();
  });
}

}  // namespace stile::catalog
