#include "catalog/photo_files.h"

#include <utility>

#include "catalog/announce.h"
#include "catalog/database.h"
#include "catalog/lookups.h"
#include "catalog/photo_links.h"
#include "catalog/publications.h"

namespace stile::catalog {

void discard_file(Session& session, std::int64_t file_id, WallTime now) {
  if (file_id == 0) return;
  session.run("INSERT INTO removals(file_id, since) VALUES(:file_id, :since) ON CONFLICT (file_id) DO NOTHING", file_id,
              now);
}

Result<Photo> replace_file(Session& session, const Photo& file, WallTime now) {
  publish_if_due(session, file.photo_id, now);
  const std::optional<Photo> before = photo_row(session, file.photo_id);
  if (!before) return fail(Errc::not_found, "The photo to be replaced does not exist any more");
  Photo after = *before;
  after.edited_at = now;
  if (before->content_type.starts_with("video/") && file.content_type.starts_with("image/")) {
    after.poster_id = file.file_id;
    after.poster_type = file.content_type;
    after.poster_size = file.size;
    discard_file(session, before->poster_id, now);
  } else {
    after.file_id = file.file_id;
    after.file_name = file.file_name;
    after.content_type = file.content_type;
    after.size = file.size;
    after.crc32 = file.crc32;
    discard_file(session, before->file_id, now);
  }
  session.run(
      "UPDATE photos SET file_id = :file_id, file_name = :file_name, content_type = :content_type, size = :size, "
      "crc32 = :crc32, poster_id = :poster_id, poster_type = :poster_type, poster_size = :poster_size, "
      "edited_at = :edited_at WHERE photo_id = :photo_id",
      after.file_id, after.file_name, after.content_type, after.size, after.crc32, after.poster_id, after.poster_type,
      after.poster_size, after.edited_at, after.photo_id);
  unlink_photo(session, *before);
  link_photo(session, after);
  announce_photo(session, after.photo_id, PhotoNews::replaced, now);
  return after;
}

io::Task<Result<std::vector<std::int64_t>>> SqlCatalog::known_files(std::vector<std::int64_t> file_ids) {
  return database_->read([file_ids = std::move(file_ids)](Session& session) {
    std::vector<std::int64_t> known;
    for (const std::int64_t id : file_ids) {
      if (session.one<std::int64_t>("SELECT photo_id FROM photos WHERE file_id = :file_id LIMIT 1", id) ||
          session.one<std::int64_t>(
              "SELECT photo_id FROM photos WHERE poster_id = :poster_id AND poster_id <> 0 LIMIT 1", id) ||
          // Of a photo that has another one now, or is gone: it may be kept for a while, and its remover knows of it.
          session.one<std::int64_t>("SELECT file_id FROM removals WHERE file_id = :file_id", id))
        known.push_back(id);
    }
    return known;
  });
}

io::Task<Result<std::vector<std::int64_t>>> SqlCatalog::files_to_remove(WallTime until, std::size_t limit) {
  return database_->read([until, limit](Session& session) {
    return session.all<std::int64_t>(
        "SELECT file_id FROM removals WHERE since <= :until ORDER BY since, file_id LIMIT :limit", until,
        limit_of(limit));
  });
}

io::Task<Result<void>> SqlCatalog::files_removed(std::int64_t file_id) {
  return database_->write(Weight::light, [file_id](Session& session) -> Result<void> {
    session.run("DELETE FROM removals WHERE file_id = :file_id", file_id);
    return {};
  });
}

}  // namespace stile::catalog
