// SqlCatalog: albums. They number in the thousands, so a search may look at each title.
#include "catalog/database.h"
#include "catalog/lookups.h"
#include "catalog/numbers.h"
#include "catalog/query_text.h"

namespace stile::catalog {

namespace {

constexpr std::int64_t kUnlinkBatch = 1'000;

void write_filter(const AlbumQuery& query, QueryText& text) {
  text.sql(" FROM albums WHERE 1 = 1");
  if (query.album_id) text.sql(" AND album_id = ").value(*query.album_id);
  if (query.user_id) text.sql(" AND user_id = ").value(*query.user_id);
  if (query.photo_id)
    text.sql(" AND album_id IN (SELECT x.album_id FROM photo_albums x WHERE x.photo_id = ")
        .value(*query.photo_id)
        .sql(")");
  if (!query.search.empty()) text.sql(" AND instr(lower(title), lower(").value(query.search).sql(")) > 0");
  if (!query.include_hidden) text.sql(" AND hidden = 0");
}

std::string_view column_of(AlbumOrder order) {
  switch (order) {
    case AlbumOrder::sortkey: return "album_id";  // nobody can arrange them by hand yet
    case AlbumOrder::title: return "lower(title)";
    case AlbumOrder::edited: return "COALESCE(edited_at, created_at)";
    case AlbumOrder::created: return "created_at";
  }
  return "created_at";
}

}  // namespace

io::Task<Result<std::optional<Album>>> SqlCatalog::find_album(std::int64_t album_id) {
  return database_->read([album_id](Session& session) {
    static const std::string kFind = select_of<Album>() + "WHERE album_id = :album_id";
    return session.one<Album>(kFind, album_id);
  });
}

// One transaction, so that two who ask for the same new title get the same album.
io::Task<Result<Album>> SqlCatalog::find_or_add_album(Album album) {
  return database_->write(Weight::full, [album = std::move(album)](Session& session) mutable -> Result<Album> {
    static const std::string kFind = select_of<Album>() + "WHERE title = :title ORDER BY album_id LIMIT 1";
    static const std::string kInsert = insert_of<Album>();
    if (auto there = session.one<Album>(kFind, album.title)) return std::move(*there);
    album.album_id = take_numbers(session, "album", 1);
    session.run(kInsert, album);
    return std::move(album);
  });
}

io::Task<Result<Listing<ListedAlbum>>> SqlCatalog::list_albums(AlbumQuery query) {
  return database_->read([query = std::move(query)](Session& session) {
    Listing<ListedAlbum> listing;
    QueryText count;
    write_filter(query, count.sql("SELECT COUNT(*)"));
    listing.total = session.all_unkept<std::int64_t>(count.text(), count.values()).front();
    if (query.offset >= listing.total) return listing;
    QueryText page;
    write_filter(query, page.sql("SELECT ").sql(columns_of<Album>()));
    page.sql(" ORDER BY ").sql(column_of(query.order)).sql(to_sql(query.direction));
    page.sql(", album_id").sql(to_sql(query.direction));
    page.sql(" LIMIT ").value(query.limit).sql(" OFFSET ").value(query.offset);
    for (Album& album : session.all_unkept<Album>(page.text(), page.values())) {
      const UserNames user = user_names(session, album.user_id);
      listing.items.push_back({std::move(album), user});
    }
    return listing;
  });
}

io::Task<Result<void>> SqlCatalog::update_album(AlbumChange change, WallTime now) {
  return database_->write(Weight::full, [change = std::move(change), now](Session& session) -> Result<void> {
    static const std::string kFind = select_of<Album>() + "WHERE album_id = :album_id";
    auto album = session.one<Album>(kFind, change.album_id);
    if (!album) return fail(Errc::not_found);
    session.run("UPDATE albums SET title = :title, description = :description, hidden = :hidden, "
                "edited_at = :edited_at WHERE album_id = :album_id",
                change.title.value_or(album->title), change.description.value_or(album->description),
                change.hidden.value_or(album->hidden), now, change.album_id);
    return {};
  });
}

// The album goes first and at once; its members follow in small transactions, so that an album of a million photos does
// not keep uploads waiting. A crash in between leaves members of an album that does not exist: no listing shows them,
// album ids are never given twice, and they go with their photos.
io::Task<Result<void>> SqlCatalog::delete_album(std::int64_t album_id) {
  auto gone = co_await database_->write(Weight::full, [album_id](Session& session) -> Result<void> {
    if (session.run("DELETE FROM albums WHERE album_id = :album_id", album_id) == 0) return fail(Errc::not_found);
    for (const char* kind : {"album ", "published album "})
      session.run("DELETE FROM counts WHERE name = :name", kind + std::to_string(album_id));
    return {};
  });
  if (!gone) co_return gone;
  for (;;) {
    auto removed = co_await database_->write(Weight::light, [album_id](Session& session) -> Result<std::int64_t> {
      const auto photos = session.all<std::int64_t>(
          "SELECT photo_id FROM photo_albums WHERE album_id = :album_id LIMIT :limit", album_id, kUnlinkBatch);
      for (const std::int64_t photo_id : photos)
        session.run("DELETE FROM photo_albums WHERE photo_id = :photo_id AND album_id = :album_id", photo_id, album_id);
      return static_cast<std::int64_t>(photos.size());
    });
    // The album itself is gone; what is left of it is harmless.
    if (!removed || *removed < kUnlinkBatch) co_return Result<void>{};
  }
}

}  // namespace stile::catalog
