// SqlCatalog: does the catalog agree with itself? Reads a lot and at leisure, so its statements are not kept.
#include <array>
#include <string>

#include "catalog/database.h"
#include "catalog/inspection.h"
#include "catalog/photo_links.h"

namespace stile::catalog {

namespace {

constexpr std::size_t kMostNames = 100;  // of totals that are wrong; more say nothing new

// All that is read while this lives is of one moment. Ends by itself when a statement throws.
class Snapshot {
 public:
  explicit Snapshot(Session& session) : session_(session) { session_.run_once("BEGIN"); }
  ~Snapshot() {
    try {
      session_.run_once("COMMIT");
    } catch (const SqlError&) {
      // Rolled back by itself; nothing was written.
    }
  }
  Snapshot(const Snapshot&) = delete;

 private:
  Session& session_;
};

// Totals as they should be, of everything that can be counted; and as they are. What is 0 need not be there.
constexpr const char* kCounted =
    "SELECT 'photos' AS name, COUNT(*) AS n FROM photo_cards"
    " UNION ALL SELECT 'published photos', COUNT(*) FROM photo_cards WHERE publish = 1"
    " UNION ALL SELECT 'promoted', COUNT(*) FROM photo_cards WHERE promoted = 1"
    " UNION ALL SELECT 'published promoted', COUNT(*) FROM photo_cards WHERE promoted = 1 AND publish = 1"
    " UNION ALL SELECT 'kind ' || kind, COUNT(*) FROM photo_cards GROUP BY kind"
    " UNION ALL SELECT 'published kind ' || kind, SUM(publish) FROM photo_cards GROUP BY kind"
    " UNION ALL SELECT 'user ' || CAST(user_id AS TEXT), COUNT(*) FROM photo_cards GROUP BY user_id"
    " UNION ALL SELECT 'published user ' || CAST(user_id AS TEXT), SUM(publish) FROM photo_cards GROUP BY user_id"
    " UNION ALL SELECT 'album ' || CAST(p.album_id AS TEXT), COUNT(*) FROM photo_albums p"
    " JOIN albums a ON a.album_id = p.album_id GROUP BY p.album_id"
    " UNION ALL SELECT 'published album ' || CAST(p.album_id AS TEXT), SUM(p.publish) FROM photo_albums p"
    " JOIN albums a ON a.album_id = p.album_id GROUP BY p.album_id";
// Counts of albums that have gone are nobody's.
constexpr const char* kCounts =
    "SELECT name, n FROM counts WHERE NOT ((name LIKE 'album %' OR name LIKE 'published album %')"
    " AND CAST(REPLACE(REPLACE(name, 'published ', ''), 'album ', '') AS BIGINT) NOT IN (SELECT album_id FROM albums))";
constexpr const char* kCountedTags =
    "SELECT 'tag ' || tag || ' ' || CAST(SUM(publish) AS TEXT) AS name, COUNT(*) AS n FROM photo_tags GROUP BY tag";
constexpr const char* kTags = "SELECT 'tag ' || tag || ' ' || CAST(published AS TEXT) AS name, total AS n FROM tags";
constexpr const char* kCountedTokens =
    "SELECT phase || ' tokens of user ' || CAST(user_id AS TEXT) AS name, COUNT(*) AS n FROM (SELECT user_id,"
    " CASE WHEN revoked = 1 THEN 'revoked' WHEN used >= max_uploads THEN 'finished' ELSE 'unused' END AS phase"
    " FROM tokens) AS phases GROUP BY phase, user_id";
constexpr const char* kTokenCounts =
    "SELECT phase || ' tokens of user ' || CAST(user_id AS TEXT) AS name, n FROM token_counts";

// Names that are counted differently on the two sides.
std::string difference(const std::string& should, const std::string& is) {
  const std::string left = "SELECT name, n FROM (" + should + ") AS s WHERE n <> 0";
  const std::string right = "SELECT name, n FROM (" + is + ") AS i WHERE n <> 0";
  return "SELECT DISTINCT name FROM (SELECT * FROM (" + left + " EXCEPT " + right + ") AS a UNION ALL SELECT * FROM (" +
         right + " EXCEPT " + left + ") AS b) AS d ORDER BY name LIMIT " + std::to_string(kMostNames);
}

constexpr const char* kNoUpload = "NOT EXISTS (SELECT 1 FROM uploads u WHERE u.upload_id = upload_troubles.upload_id)";

// Tables with rows that say something of photos which are not there.
constexpr std::array kPhotoTables{"photo_cards", "photo_albums", "photo_tags", "photo_variables", "publications"};

}  // namespace

io::Task<Result<std::vector<std::string>>> SqlCatalog::check_database(std::size_t limit) {
  return database_->read([limit](Session& session) {
    const std::string most = std::to_string(limit);
    auto found = session.all_unkept<std::string>("PRAGMA integrity_check(" + most + ")", {});
    if (found.size() == 1 && found.front() == "ok") found.clear();
    const auto strays = session.all_unkept<std::string>(
        "SELECT \"table\" || ' has a row whose ' || \"parent\" || ' is not there' FROM pragma_foreign_key_check "
        "WHERE \"table\" <> 'upload_troubles' LIMIT " +
            most,
        {});
    found.insert(found.end(), strays.begin(), strays.end());
    if (found.size() > limit) found.resize(limit);
    return found;
  });
}

io::Task<Result<std::int64_t>> SqlCatalog::stray_troubles() {
  return database_->read([](Session& session) {
    return session.all_unkept<std::int64_t>(std::string("SELECT COUNT(*) FROM upload_troubles WHERE ") + kNoUpload, {})
        .front();
  });
}

io::Task<Result<void>> SqlCatalog::forget_stray_troubles() {
  return database_->write(Weight::full, [](Session& session) -> Result<void> {
    session.run_once(std::string("DELETE FROM upload_troubles WHERE ") + kNoUpload);
    return {};
  });
}

io::Task<Result<LinkPage>> SqlCatalog::check_links(std::int64_t after_photo, std::size_t limit) {
  return database_->read([after_photo, limit](Session& session) {
    const Snapshot snapshot(session);
    LinkPage page;
    const std::string next = select_of<Photo>() + "WHERE photo_id > " + std::to_string(after_photo) +
                             " ORDER BY photo_id LIMIT " + std::to_string(limit);
    for (const Photo& photo : session.all_unkept<Photo>(next, {})) {
      ++page.photos;
      page.last_id = photo.photo_id;
      for (std::string& table : link_faults(session, photo)) page.faults.push_back({photo.photo_id, std::move(table)});
    }
    return page;
  });
}

io::Task<Result<std::vector<std::string>>> SqlCatalog::check_totals() {
  return database_->read([](Session& session) {
    const Snapshot snapshot(session);
    std::vector<std::string> wrong;
    const std::pair<const char*, const char*> kSides[] = {
        {kCounted, kCounts}, {kCountedTags, kTags}, {kCountedTokens, kTokenCounts}};
    for (const auto& [should, is] : kSides)
      for (std::string& name : session.all_unkept<std::string>(difference(should, is), {}))
        wrong.push_back(std::move(name));
    for (const char* table : kPhotoTables) {
      const std::string name = table;
      const auto stray =
          session.all_unkept<std::string>("SELECT '" + name + " of photo ' || CAST(photo_id AS TEXT) FROM " + name +
                                              " WHERE NOT EXISTS"
                                              " (SELECT 1 FROM photos p WHERE p.photo_id = " +
                                              name + ".photo_id) ORDER BY 1 LIMIT " + std::to_string(kMostNames),
                                          {});
      wrong.insert(wrong.end(), stray.begin(), stray.end());
    }
    const auto words = session.all_unkept<std::string>(
        "SELECT 'photo_search of photo ' || CAST(rowid AS TEXT) FROM photo_search WHERE rowid NOT IN"
        " (SELECT photo_id FROM photos) LIMIT " +
            std::to_string(kMostNames),
        {});
    wrong.insert(wrong.end(), words.begin(), words.end());
    return wrong;
  });
}

}  // namespace stile::catalog
