// SqlCatalog: corrections of what becomes of a token's files, before and after they came (TokenAdmin::change_uploads).
//
// A file on its way, and one that has not begun, have no photo that could be changed. Their change waits as a row,
// under the file's identifier or "" for all of the token, and the transaction that makes the photo applies it. So it
// does not matter which of the two transactions comes first, nor what the finishing upload had read of its token
// before.
#include <algorithm>

#include "catalog/database.h"
#include "catalog/lookups.h"
#include "catalog/photo_change.h"
#include "catalog/token_rows.h"

namespace stile::catalog {

namespace {

const std::string kAllFiles;  // the identifier of a change that is not limited to one

struct Waiting {
  std::string identifier;
  Params change;
};

}  // namespace

template <>
struct Columns<Waiting> {
  static constexpr std::string_view kTable = "waiting_changes";
  static void each(auto& waiting, auto&& visit) {
    visit("identifier", waiting.identifier);
    visit("change", waiting.change);
  }
};

namespace {

Params pairs_of(const UploadsChange& change) {
  Params pairs;
  const auto add = [&](const char* name, const std::optional<std::string>& value) {
    if (value) pairs.add(name, *value);
  };
  add("title", change.title);
  add("description", change.description);
  add("tags", change.tags);
  add("album_ids", change.album_ids);
  if (change.publish) pairs.add("publish", *change.publish ? "1" : "0");
  return pairs;
}

void apply(const Params& change, Metadata& metadata) {
  const auto take = [&](const char* name, std::string& field) {
    if (const auto value = change.get(name)) field = *value;
  };
  take("title", metadata.title);
  take("description", metadata.description);
  take("tags", metadata.tags);
  take("album_ids", metadata.album_ids);
  if (const auto publish = change.get("publish")) metadata.publish = *publish == "1";
}

// What `later` says wins.
Params merged(const Params& before, const Params& later) {
  Params all = later;
  for (const auto& [name, value] : before)
    if (!later.has(name)) all.add(name, value);
  return all;
}

std::optional<Params> waiting_change(Session& session, const std::string& token, const std::string& identifier) {
  return session.one<Params>("SELECT change FROM waiting_changes WHERE token = :token AND identifier = :identifier",
                             token, identifier);
}

void put_waiting(Session& session, const std::string& token, const std::string& identifier, const Params& change,
                 WallTime now) {
  session.run(
      "INSERT INTO waiting_changes(token, identifier, change, changed_at) "
      "VALUES(:token, :identifier, :change, :changed_at) ON CONFLICT (token, identifier) DO UPDATE SET "
      "change = excluded.change, changed_at = excluded.changed_at",
      token, identifier, change, now);
}

// Who holds a token may correct what came through it until it ends, used up or not.
Result<void> may_change(Session& session, const std::string& token, WallTime now) {
  const std::optional<Token> found = token_row(session, token);
  if (!found || found->kind != TokenKind::upload) return fail(Errc::token_unknown);
  if (found->revoked) return fail(Errc::token_revoked);
  if (found->valid_until <= now) return fail(Errc::token_expired);
  return {};
}

// One that already says so is left alone, so that who repeats a call, or types the same again, costs little.
Result<void> change_one(Session& session, std::int64_t photo_id, const UploadsChange& change, const Params& pairs,
                        WallTime now) {
  const std::optional<Photo> photo = photo_row(session, photo_id);
  if (!photo) return {};  // deleted
  Metadata wanted = photo->metadata;
  apply(pairs, wanted);
  const Metadata& is = photo->metadata;
  if (wanted.title == is.title && wanted.description == is.description && wanted.tags == is.tags &&
      wanted.album_ids == is.album_ids && wanted.publish == is.publish)
    return {};
  PhotoChange photo_change{.photo_id = photo_id};
  photo_change.title = change.title;
  photo_change.description = change.description;
  photo_change.tags = change.tags;
  photo_change.album_ids = change.album_ids;
  photo_change.publish = change.publish;
  if (auto changed = change_photo(session, photo_change, now); !changed) return fail(std::move(changed).error());
  return {};
}

Result<void> change_all(Session& session, const UploadsChange& change, const Params& pairs, WallTime now) {
  const auto photos = session.all<std::int64_t>(
      "SELECT photo_id FROM photos WHERE upload_token = :token ORDER BY photo_id LIMIT :limit", change.token,
      limit_of(kMaxPhotosPerChange + 1));
  if (photos.size() > kMaxPhotosPerChange)
    return fail(Errc::limit, "Too many files came through this token to change all of them at once");
  for (const std::int64_t photo_id : photos) STILE_TRY(change_one(session, photo_id, change, pairs, now));

  Metadata metadata = token_row(session, change.token)->metadata;
  apply(pairs, metadata);
  session.run(
      "UPDATE tokens SET title = :title, description = :description, tags = :tags, album_ids = :album_ids, "
      "publish = :publish WHERE token = :token",
      metadata.title, metadata.description, metadata.tags, metadata.album_ids, metadata.publish, change.token);
  // Whoever changes all of them means those for which something else was said before, too.
  const auto waiting = session.all<Waiting>(
      "SELECT identifier, change FROM waiting_changes WHERE token = :token AND identifier <> ''", change.token);
  for (const Waiting& one : waiting) put_waiting(session, change.token, one.identifier, merged(one.change, pairs), now);
  put_waiting(session, change.token, kAllFiles,
              merged(waiting_change(session, change.token, kAllFiles).value_or(Params()), pairs), now);
  return {};
}

struct SeenUpload {
  UploadState state = UploadState::receiving;
  std::int64_t photo_id = 0;
};

}  // namespace

template <>
struct Columns<SeenUpload> {
  static constexpr std::string_view kTable = "uploads";
  static void each(auto& upload, auto&& visit) {
    visit("state", upload.state);
    visit("photo_id", upload.photo_id);
  }
};

namespace {

Result<void> change_file(Session& session, const UploadsChange& change, const Params& pairs, WallTime now) {
  // Different sizes under one identifier are different uploads; they are few, as the client names them.
  const auto uploads = session.all<SeenUpload>(
      "SELECT state, photo_id FROM uploads WHERE token = :token AND identifier = :identifier LIMIT :limit",
      change.token, *change.identifier, limit_of(kMaxPhotosPerChange));
  bool all_done = !uploads.empty();
  for (const SeenUpload& upload : uploads) {
    if (upload.state == UploadState::done)
      STILE_TRY(change_one(session, upload.photo_id, change, pairs, now));
    else
      all_done = false;
  }
  if (all_done) return {};
  const auto before = waiting_change(session, change.token, *change.identifier);
  if (!before) {
    const auto count =
        session.one<std::int64_t>("SELECT COUNT(*) FROM waiting_changes WHERE token = :token", change.token);
    if (count.value_or(0) >= kMaxWaitingChanges)
      return fail(Errc::limit, "Too many files of this token are waited for");
  }
  put_waiting(session, change.token, *change.identifier, merged(before.value_or(Params()), pairs), now);
  return {};
}

}  // namespace

void apply_waiting_changes(Session& session, const UploadKey& key, Metadata& metadata) {
  if (const auto change = waiting_change(session, key.token, kAllFiles)) apply(*change, metadata);
  if (key.identifier == kAllFiles) return;
  const auto change = waiting_change(session, key.token, key.identifier);
  if (!change) return;
  apply(*change, metadata);
  session.run("DELETE FROM waiting_changes WHERE token = :token AND identifier = :identifier", key.token,
              key.identifier);
}

io::Task<Result<void>> SqlCatalog::change_uploads(UploadsChange change, WallTime now) {
  return database_->write(Weight::full, [change = std::move(change), now](Session& session) -> Result<void> {
    STILE_TRY(may_change(session, change.token, now));
    const Params pairs = pairs_of(change);
    if (pairs.empty()) return {};
    if (change.identifier) return change_file(session, change, pairs, now);
    return change_all(session, change, pairs, now);
  });
}

io::Task<Result<std::size_t>> SqlCatalog::forget_waiting_changes(WallTime before, std::size_t limit) {
  return database_->write(Weight::full, [before, limit](Session& session) -> Result<std::size_t> {
    // An upload that began in time may still finish within the grace, and then wants its change.
    const std::int64_t gone = session.run(
        "DELETE FROM waiting_changes WHERE (token, identifier) IN (SELECT w.token, w.identifier "
        "FROM waiting_changes w CROSS JOIN tokens t WHERE w.changed_at < :changed AND t.token = w.token "
        "AND t.valid_until < :ended AND NOT EXISTS (SELECT 1 FROM uploads u WHERE u.state = 'receiving' "
        "AND u.token = w.token) ORDER BY w.changed_at, w.token LIMIT :limit)",
        before, before, limit_of(limit));
    return static_cast<std::size_t>(gone);
  });
}

}  // namespace stile::catalog
