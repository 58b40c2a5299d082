#include "catalog/photo_links.h"

#include <algorithm>

#include "base/tag_list.h"
#include "base/text.h"
#include "catalog/publications.h"

namespace stile::catalog {

namespace {

constexpr std::size_t kSortTitleBytes = 60;
constexpr std::int64_t kRelinkBatch = 500;

std::string kind_of(const Photo& photo) { return photo.content_type.substr(0, photo.content_type.find('/')); }

// Enough of a title to sort by, in one case.
std::string sort_title_of(std::string_view title) {
  if (title.size() > kSortTitleBytes) {
    std::size_t end = kSortTitleBytes;
    while (end > 0 && (static_cast<unsigned char>(title[end]) & 0xc0) == 0x80) --end;
    title = title.substr(0, end);
  }
  return to_lower(title);
}

// The words between the tags. To be searched, never to be shown.
std::string without_markup(std::string_view html) {
  std::string text;
  bool inside = false;
  for (const char c : html) {
    if (c == '<') {
      inside = true;
      text.push_back(' ');
    } else if (c == '>' && inside) {
      inside = false;
    } else if (!inside) {
      text.push_back(c);
    }
  }
  return text;
}

// Each thing by which photos are listed alone has two counters, of all its photos and of the published ones; tags have
// theirs in `tags`. photo_queries.cc asks for them by these names.
void count(Session& session, const Photo& photo, const std::vector<std::int64_t>& albums, std::int64_t by) {
  const auto add = [&](const std::string& name) {
    session.run("INSERT INTO counts(name, n) VALUES(:name, :n) ON CONFLICT (name) DO UPDATE SET n = counts.n + excluded.n",
                name, by);
  };
  std::vector<std::string> names{"photos", "kind " + kind_of(photo), "user " + std::to_string(photo.user_id)};
  if (photo.promoted) names.emplace_back("promoted");
  for (const std::int64_t album_id : albums) names.push_back("album " + std::to_string(album_id));
  for (const std::string& name : names) {
    add(name);
    if (photo.metadata.publish) add("published " + name);
  }
}

// Those of a photo that exist: an album may have gone since its number was written down.
std::vector<std::int64_t> living_albums(Session& session, const Photo& photo) {
  std::vector<std::int64_t> ids;
  for (const std::int64_t id : album_ids_of(photo.metadata.album_ids))
    if (session.one<std::int64_t>("SELECT album_id FROM albums WHERE album_id = :album_id", id)) ids.push_back(id);
  return ids;
}

}  // namespace

std::vector<std::int64_t> album_ids_of(std::string_view text) {
  std::vector<std::int64_t> ids;
  for (const std::string_view piece : split(text, ',')) {
    const auto id = parse_i64(trim(piece));
    if (id && *id > 0 && std::ranges::find(ids, *id) == ids.end()) ids.push_back(*id);
  }
  return ids;
}

void link_photo(Session& session, const Photo& photo) {
  const Metadata& metadata = photo.metadata;
  const WallTime shown_at = published_at(photo);
  session.run("INSERT INTO photo_cards(photo_id, publish, published_at, created_at, user_id, kind, promoted, sort_title) "
              "VALUES(:photo_id, :publish, :published_at, :created_at, :user_id, :kind, :promoted, :sort_title)",
              photo.photo_id, metadata.publish, shown_at, photo.created_at, photo.user_id, kind_of(photo), photo.promoted,
              sort_title_of(metadata.title));
  std::int64_t position = 0;
  const std::vector<std::int64_t> albums = living_albums(session, photo);
  for (const std::int64_t album_id : albums)
    session.run("INSERT INTO photo_albums(photo_id, album_id, position, publish, published_at) "
                "VALUES(:photo_id, :album_id, :position, :publish, :published_at)",
                photo.photo_id, album_id, position++, metadata.publish, shown_at);
  std::string words;
  for (const std::string& label : split_tags(metadata.tags)) {
    const std::string tag = fold_tag(label);
    session.run("INSERT INTO photo_tags(photo_id, tag, publish, published_at) "
                "VALUES(:photo_id, :tag, :publish, :published_at)",
                photo.photo_id, tag, metadata.publish, shown_at);
    session.run("INSERT INTO tags(tag, label, published, total) VALUES(:tag, :label, :published, 1) "
                "ON CONFLICT (tag) DO UPDATE SET published = tags.published + excluded.published, "
                "total = tags.total + 1",
                tag, label, metadata.publish);
    words.append(label).append(" ");
  }
  for (const auto& [name, value] : metadata.variables)
    session.run("INSERT INTO photo_variables(photo_id, name, value, publish, published_at) "
                "VALUES(:photo_id, :name, :value, :publish, :published_at) ON CONFLICT (photo_id, name) DO NOTHING",
                photo.photo_id, name, value, metadata.publish, shown_at);
  session.run("INSERT INTO photo_search(rowid, title, description, tags) VALUES(:photo_id, :title, :description, :tags)",
              photo.photo_id, metadata.title, without_markup(metadata.description), words);
  count(session, photo, albums, 1);
  if (is_scheduled(photo))
    session.run("INSERT INTO publications(photo_id, due_at) VALUES(:photo_id, :due_at)", photo.photo_id,
                metadata.publish_date);
}

void unlink_photo(Session& session, const Photo& photo) {
  const auto albums = session.all<std::int64_t>("SELECT album_id FROM photo_albums WHERE photo_id = :photo_id",
                                                photo.photo_id);
  session.run("DELETE FROM photo_cards WHERE photo_id = :photo_id", photo.photo_id);
  session.run("DELETE FROM photo_albums WHERE photo_id = :photo_id", photo.photo_id);
  session.run("DELETE FROM photo_tags WHERE photo_id = :photo_id", photo.photo_id);
  session.run("DELETE FROM photo_variables WHERE photo_id = :photo_id", photo.photo_id);
  for (const std::string& label : split_tags(photo.metadata.tags)) {
    const std::string tag = fold_tag(label);
    session.run("UPDATE tags SET published = published - :published, total = total - 1 WHERE tag = :tag",
                photo.metadata.publish, tag);
    session.run("DELETE FROM tags WHERE tag = :tag AND total < 1", tag);
  }
  session.run("DELETE FROM photo_search WHERE rowid = :photo_id", photo.photo_id);
  session.run("DELETE FROM publications WHERE photo_id = :photo_id", photo.photo_id);
  count(session, photo, albums, -1);
}

void relink_photos_blocking(Session& session) {
  const std::string kAsked = "SELECT value FROM facts WHERE name = 'photos to relink'";
  if (!session.one<std::string>(kAsked)) return;
  session.run_once("BEGIN IMMEDIATE");
  try {
    // Another process may have done it meanwhile.
    if (session.one<std::string>(kAsked)) {
      for (const char* table : {"photo_cards", "photo_albums", "photo_tags", "photo_variables", "tags", "counts",
                                "photo_search", "publications"})
        session.run_once(std::string("DELETE FROM ") + table);
      static const std::string kNext =
          select_of<Photo>() + "WHERE photo_id > :after ORDER BY photo_id LIMIT :limit";
      std::int64_t after = 0;
      for (;;) {
        const auto photos = session.all<Photo>(kNext, after, kRelinkBatch);
        for (const Photo& photo : photos) link_photo(session, photo);
        if (photos.empty()) break;
        after = photos.back().photo_id;
      }
      session.run_once("DELETE FROM facts WHERE name = 'photos to relink'");
    }
    session.run_once("COMMIT");
  } catch (const SqlError&) {
    try {
      session.run_once("ROLLBACK");
    } catch (const SqlError&) {
      // Rolled back by itself.
    }
    throw;
  }
}

}  // namespace stile::catalog
