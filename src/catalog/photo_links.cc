#include "catalog/photo_links.h"

#include <algorithm>

#include "base/tag_list.h"
#include "base/text.h"
#include "catalog/publications.h"

namespace stile::catalog {

namespace {

// A row of photo_cards.
struct Card {
  std::int64_t photo_id = 0;
  bool publish = false;
  WallTime published_at;
  WallTime created_at;
  std::int64_t user_id = 0;
  std::string kind;
  bool promoted = false;
  std::string sort_title;
  bool operator==(const Card&) const = default;
};

// A row of the tables that have many per photo: what it is found by, and the two columns that all of them have.
struct Link {
  std::string key;
  std::string value;
  bool publish = false;
  WallTime published_at;
  auto operator<=>(const Link&) const = default;
};

}  // namespace

template <>
struct Columns<Card> {
  static constexpr std::string_view kTable = "photo_cards";
  static void each(auto& card, auto&& visit) {
    visit("photo_id", card.photo_id);
    visit("publish", card.publish);
    visit("published_at", card.published_at);
    visit("created_at", card.created_at);
    visit("user_id", card.user_id);
    visit("kind", card.kind);
    visit("promoted", card.promoted);
    visit("sort_title", card.sort_title);
  }
};

template <>
struct Columns<Link> {  // of a SELECT that names its columns so
  static constexpr std::string_view kTable = "";
  static void each(auto& link, auto&& visit) {
    visit("key", link.key);
    visit("value", link.value);
    visit("publish", link.publish);
    visit("published_at", link.published_at);
  }
};

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

Card card_of(const Photo& photo) {
  return {photo.photo_id, photo.metadata.publish, published_at(photo),  photo.created_at,
          photo.user_id,  kind_of(photo),         photo.promoted,       sort_title_of(photo.metadata.title)};
}

// What link_photo writes into the tables with many rows per photo. An album's position is what is told of it; one that
// has gone may have left rows behind (SqlCatalog::delete_album), which nobody reads.
std::vector<Link> album_links(Session& session, const Photo& photo) {
  std::vector<Link> links;
  for (const std::int64_t id : living_albums(session, photo))
    links.push_back({std::to_string(id), std::to_string(links.size()), photo.metadata.publish, published_at(photo)});
  return links;
}
std::vector<Link> tag_links(const Photo& photo) {
  std::vector<Link> links;
  for (const std::string& label : split_tags(photo.metadata.tags))
    links.push_back({fold_tag(label), {}, photo.metadata.publish, published_at(photo)});
  return links;
}
std::vector<Link> variable_links(const Photo& photo) {
  std::vector<Link> links;
  for (const auto& [name, value] : photo.metadata.variables)
    if (std::ranges::find(links, name, &Link::key) == links.end())
      links.push_back({name, value, photo.metadata.publish, published_at(photo)});
  return links;
}

bool same(std::vector<Link> a, std::vector<Link> b) {
  std::ranges::sort(a);
  std::ranges::sort(b);
  return a == b;
}

}  // namespace

std::vector<std::string> link_faults(Session& session, const Photo& photo) {
  const std::int64_t id = photo.photo_id;
  std::vector<std::string> wrong;
  static const std::string kCard = select_of<Card>() + "WHERE photo_id = :photo_id";
  if (session.one<Card>(kCard, id) != card_of(photo)) wrong.emplace_back("photo_cards");
  const auto albums = session.all<Link>(
      "SELECT CAST(p.album_id AS TEXT), CAST(p.position AS TEXT), p.publish, p.published_at FROM photo_albums p "
      "JOIN albums a ON a.album_id = p.album_id WHERE p.photo_id = :photo_id",
      id);
  // Positions count from the albums that were there when the photo was written; their order is what matters.
  std::vector<Link> expected = album_links(session, photo);
  std::vector<Link> found = albums;
  std::ranges::sort(found, {}, [](const Link& link) { return parse_i64(link.value).value_or(0); });
  for (std::size_t i = 0; i < found.size(); ++i) found[i].value = std::to_string(i);
  if (!same(expected, found)) wrong.emplace_back("photo_albums");
  if (!same(tag_links(photo), session.all<Link>("SELECT tag, '', publish, published_at FROM photo_tags "
                                                "WHERE photo_id = :photo_id", id)))
    wrong.emplace_back("photo_tags");
  if (!same(variable_links(photo), session.all<Link>("SELECT name, value, publish, published_at FROM photo_variables "
                                                     "WHERE photo_id = :photo_id", id)))
    wrong.emplace_back("photo_variables");
  if (session.one<std::string>("SELECT title FROM photo_search WHERE rowid = :photo_id", id) != photo.metadata.title)
    wrong.emplace_back("photo_search");
  const bool scheduled =
      session.one<std::int64_t>("SELECT photo_id FROM publications WHERE photo_id = :photo_id", id).has_value();
  if (scheduled != is_scheduled(photo)) wrong.emplace_back("publications");
  return wrong;
}

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
  static const std::string kInsertCard = insert_of<Card>();
  session.run(kInsertCard, card_of(photo));
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
