#include "catalog/schema.h"

#include <span>
#include <string>
#include <vector>

namespace stile::catalog {

namespace {

// Rules (docs/decisions/0003-catalog.md): a migration that was released is never changed, only followed by another;
// every column is NOT NULL unless absence means something; nothing that PostgreSQL 15 does not know but WITHOUT ROWID,
// which stands alone at a statement's end.
using Migration = std::span<const char* const>;

constexpr const char* kFirst[] = {
    "CREATE TABLE tokens("
    " token TEXT NOT NULL PRIMARY KEY,"
    " created_at BIGINT NOT NULL,"
    " valid_until BIGINT NOT NULL,"
    " valid_minutes BIGINT NOT NULL,"
    " max_uploads BIGINT NOT NULL,"
    " used BIGINT NOT NULL CHECK (used <= max_uploads),"  // invariant I5, should every other guard fail
    " revoked BIGINT NOT NULL,"
    " user_id BIGINT NOT NULL,"
    " title TEXT NOT NULL,"
    " description TEXT NOT NULL,"
    " tags TEXT NOT NULL,"
    " album_ids TEXT NOT NULL,"
    " publish BIGINT NOT NULL,"
    " publish_date BIGINT,"
    " absolute_url TEXT NOT NULL,"
    " return_url TEXT NOT NULL,"
    " background_return BIGINT NOT NULL,"
    " extras TEXT NOT NULL)",

    "CREATE TABLE uploads("
    " upload_id TEXT NOT NULL PRIMARY KEY,"
    " token TEXT NOT NULL,"
    " identifier TEXT NOT NULL,"
    " total_size BIGINT NOT NULL,"
    " state TEXT NOT NULL,"
    " failure TEXT NOT NULL,"
    " photo_id BIGINT NOT NULL,"
    " file_name TEXT NOT NULL,"
    " content_type TEXT NOT NULL,"
    " extras TEXT NOT NULL,"
    " created_at BIGINT NOT NULL,"
    " changed_at BIGINT NOT NULL,"
    " callback_url TEXT NOT NULL)",
    "CREATE UNIQUE INDEX uploads_by_key ON uploads(token, identifier, total_size)",
    "CREATE INDEX uploads_by_state ON uploads(state, changed_at)",
    // The open ones are few among many that have ended: two small indices count them per token and list them. `state`
    // is in them so that the planner takes them for the better match.
    "CREATE INDEX uploads_open_by_token ON uploads(state, token) WHERE state = 'receiving'",
    "CREATE INDEX uploads_open_by_id ON uploads(state, upload_id) WHERE state = 'receiving'",

    "CREATE TABLE receipts("
    " upload_id TEXT NOT NULL REFERENCES uploads(upload_id) ON DELETE CASCADE,"
    " begin_at BIGINT NOT NULL,"
    " end_at BIGINT NOT NULL,"
    " crc32 BIGINT NOT NULL,"
    " PRIMARY KEY (upload_id, begin_at))"
    " WITHOUT ROWID",  // one tree instead of a table and its index: half the pages written per chunk

    "CREATE TABLE photos("
    " photo_id BIGINT NOT NULL PRIMARY KEY,"
    " tree_id BIGINT NOT NULL,"
    " token TEXT NOT NULL,"
    " upload_token TEXT NOT NULL,"
    " upload_id TEXT NOT NULL,"
    " user_id BIGINT NOT NULL,"
    " title TEXT NOT NULL,"
    " description TEXT NOT NULL,"
    " tags TEXT NOT NULL,"
    " album_ids TEXT NOT NULL,"
    " publish BIGINT NOT NULL,"
    " publish_date BIGINT,"
    " absolute_url TEXT NOT NULL,"
    " file_name TEXT NOT NULL,"
    " content_type TEXT NOT NULL,"
    " size BIGINT NOT NULL,"
    " crc32 BIGINT NOT NULL,"
    " created_at BIGINT NOT NULL)",
    "CREATE INDEX photos_by_upload_token ON photos(upload_token, photo_id)",

    "CREATE TABLE outbox("
    " event_id BIGINT NOT NULL PRIMARY KEY,"
    " kind TEXT NOT NULL,"
    " photo_id BIGINT NOT NULL,"
    " url TEXT NOT NULL,"
    " state TEXT NOT NULL,"
    " attempts BIGINT NOT NULL,"
    " created_at BIGINT NOT NULL,"
    " next_attempt_at BIGINT NOT NULL,"
    " last_error TEXT NOT NULL)",
    "CREATE INDEX outbox_by_state ON outbox(state, next_attempt_at, event_id)",
    "CREATE INDEX outbox_by_photo ON outbox(photo_id, event_id)",

    "CREATE TABLE users("
    " user_id BIGINT NOT NULL PRIMARY KEY,"
    " name TEXT NOT NULL,"
    " created_at BIGINT NOT NULL)",

    "CREATE TABLE credentials("
    " consumer_key TEXT NOT NULL PRIMARY KEY,"
    " consumer_secret TEXT NOT NULL,"
    " access_token TEXT NOT NULL,"
    " access_token_secret TEXT NOT NULL,"
    " bearer_sha256 TEXT NOT NULL,"
    " name TEXT NOT NULL,"
    " level BIGINT NOT NULL,"
    " user_id BIGINT NOT NULL,"
    " revoked BIGINT NOT NULL,"
    " created_at BIGINT NOT NULL)",
    "CREATE UNIQUE INDEX credentials_by_bearer ON credentials(bearer_sha256) WHERE bearer_sha256 <> ''",

    "CREATE TABLE albums("
    " album_id BIGINT NOT NULL PRIMARY KEY,"
    " token TEXT NOT NULL,"
    " title TEXT NOT NULL,"
    " description TEXT NOT NULL,"
    " hidden BIGINT NOT NULL,"
    " user_id BIGINT NOT NULL,"
    " created_at BIGINT NOT NULL)",

    "CREATE TABLE facts(name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL)",

    // The last number given out of each kind: ids ascend and are never given twice, also after deletions.
    "CREATE TABLE numbers(kind TEXT NOT NULL PRIMARY KEY, last BIGINT NOT NULL)",
    "INSERT INTO numbers(kind, last) VALUES('photo', 0), ('event', 0), ('user', 0), ('album', 0)",
};

// What people browse: keys of photos in narrow tables, so that a page never reads what it does not show
// (docs/decisions/0010-library-queries.md). photo_links.cc keeps these tables in step with photos.
constexpr const char* kLibrary[] = {
    "ALTER TABLE photos ADD COLUMN promoted BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE photos ADD COLUMN edited_at BIGINT",

    "CREATE TABLE photo_cards("
    " photo_id BIGINT NOT NULL PRIMARY KEY,"
    " publish BIGINT NOT NULL,"
    " published_at BIGINT NOT NULL,"
    " created_at BIGINT NOT NULL,"
    " user_id BIGINT NOT NULL,"
    " kind TEXT NOT NULL,"  // 'image', 'video', 'audio'
    " promoted BIGINT NOT NULL,"
    " sort_title TEXT NOT NULL)"
    " WITHOUT ROWID",
    // `publish` stands last: one index serves those who see everything and those who see what is published.
    "CREATE INDEX cards_by_published ON photo_cards(published_at, photo_id, publish)",
    "CREATE INDEX cards_by_created ON photo_cards(created_at, photo_id, publish)",
    "CREATE INDEX cards_by_title ON photo_cards(sort_title, photo_id, publish)",
    "CREATE INDEX cards_by_user ON photo_cards(user_id, published_at, photo_id, publish)",
    "CREATE INDEX cards_by_kind ON photo_cards(kind, published_at, photo_id, publish)",
    "CREATE INDEX cards_promoted ON photo_cards(promoted, published_at, photo_id, publish) WHERE promoted = 1",

    "CREATE TABLE photo_albums("
    " photo_id BIGINT NOT NULL,"
    " album_id BIGINT NOT NULL,"
    " position BIGINT NOT NULL,"
    " publish BIGINT NOT NULL,"
    " published_at BIGINT NOT NULL,"
    " PRIMARY KEY (photo_id, album_id))"
    " WITHOUT ROWID",
    "CREATE INDEX photo_albums_by_album ON photo_albums(album_id, published_at, photo_id, publish)",

    "CREATE TABLE photo_tags("
    " photo_id BIGINT NOT NULL,"
    " tag TEXT NOT NULL,"  // folded
    " publish BIGINT NOT NULL,"
    " published_at BIGINT NOT NULL,"
    " PRIMARY KEY (photo_id, tag))"
    " WITHOUT ROWID",
    "CREATE INDEX photo_tags_by_tag ON photo_tags(tag, published_at, photo_id, publish)",

    // How many photos have each tag, and how many there are at all: counted as they change, never by walking.
    "CREATE TABLE tags("
    " tag TEXT NOT NULL PRIMARY KEY,"
    " label TEXT NOT NULL,"
    " published BIGINT NOT NULL,"
    " total BIGINT NOT NULL)"
    " WITHOUT ROWID",
    "CREATE INDEX tags_by_count ON tags(published, tag)",
    "CREATE TABLE counts(name TEXT NOT NULL PRIMARY KEY, n BIGINT NOT NULL)",
    "INSERT INTO counts(name, n) VALUES('photos', 0), ('published photos', 0)",

    // SQLite's own; PostgreSQL has tsvector for the same questions.
    "CREATE VIRTUAL TABLE photo_search USING fts5(title, description, tags, tokenize = 'unicode61 remove_diacritics 2')",

    // Deleted photos whose files may still be there.
    "CREATE TABLE removals(photo_id BIGINT NOT NULL PRIMARY KEY, since BIGINT NOT NULL)",
    "CREATE INDEX removals_by_age ON removals(since, photo_id)",

    "ALTER TABLE albums ADD COLUMN edited_at BIGINT",
    "CREATE INDEX albums_by_created ON albums(created_at, album_id, hidden)",

    "ALTER TABLE users ADD COLUMN username TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE users ADD COLUMN email TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE users ADD COLUMN full_name TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE users ADD COLUMN timezone TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE users ADD COLUMN about TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE users ADD COLUMN site_admin BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE users ADD COLUMN password_hash TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE users ADD COLUMN last_login_at BIGINT",
    "UPDATE users SET username = 'user' || CAST(user_id AS TEXT)",
    "CREATE UNIQUE INDEX users_by_username ON users(lower(username))",
    "CREATE UNIQUE INDEX users_by_email ON users(lower(email)) WHERE email <> ''",

    // Taken off by relink_photos_blocking once the tables above hold the photos that were there before.
    "INSERT INTO facts(name, value) VALUES('photos to relink', '1')",
};

// Tokens that replace and update, with limits of their own; files that can be replaced; signed events.
constexpr const char* kTokenKinds[] = {
    "ALTER TABLE tokens ADD COLUMN kind TEXT NOT NULL DEFAULT 'upload'",
    "ALTER TABLE tokens ADD COLUMN photo_id BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE tokens ADD COLUMN variables TEXT NOT NULL DEFAULT '[]'",
    "ALTER TABLE tokens ADD COLUMN max_file_bytes BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE tokens ADD COLUMN max_total_bytes BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE tokens ADD COLUMN accepted_types TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE tokens ADD COLUMN allowed_origins TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE tokens ADD COLUMN received_bytes BIGINT NOT NULL DEFAULT 0",
    ("UPDATE tokens SET received_bytes ="
     " (SELECT COALESCE(SUM(size), 0) FROM photos WHERE photos.upload_token = tokens.token)"),
    "CREATE INDEX tokens_by_age ON tokens(created_at, token)",

    "ALTER TABLE photos ADD COLUMN variables TEXT NOT NULL DEFAULT '[]'",
    "ALTER TABLE photos ADD COLUMN file_id BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE photos ADD COLUMN poster_id BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE photos ADD COLUMN poster_type TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE photos ADD COLUMN poster_size BIGINT NOT NULL DEFAULT 0",
    "UPDATE photos SET file_id = photo_id",

    "ALTER TABLE outbox ADD COLUMN body TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE outbox ADD COLUMN signer TEXT NOT NULL DEFAULT ''",
};

// Files that have a name of their own, because a photo may get another one.
constexpr const char* kFiles[] = {
    "ALTER TABLE uploads ADD COLUMN file_id BIGINT NOT NULL DEFAULT 0",
    "UPDATE uploads SET file_id = photo_id",
    "CREATE INDEX photos_by_file ON photos(file_id)",
    "CREATE INDEX photos_by_poster ON photos(poster_id) WHERE poster_id <> 0",
    "ALTER TABLE removals RENAME COLUMN photo_id TO file_id",
};

// Who is logged in, and what users have granted to applications.
constexpr const char* kPeople[] = {
    "CREATE TABLE request_tokens("
    " token TEXT NOT NULL PRIMARY KEY,"
    " secret TEXT NOT NULL,"
    " consumer_key TEXT NOT NULL,"
    " callback TEXT NOT NULL,"
    " created_at BIGINT NOT NULL,"
    " valid_until BIGINT NOT NULL,"
    " user_id BIGINT NOT NULL,"
    " verifier_sha256 TEXT NOT NULL,"
    " tries BIGINT NOT NULL)",
    "CREATE INDEX request_tokens_by_consumer ON request_tokens(consumer_key, valid_until)",
    "CREATE INDEX request_tokens_by_end ON request_tokens(valid_until)",

    "CREATE TABLE grants("
    " token TEXT NOT NULL PRIMARY KEY,"
    " secret TEXT NOT NULL,"
    " consumer_key TEXT NOT NULL,"
    " user_id BIGINT NOT NULL,"
    " revoked BIGINT NOT NULL,"
    " created_at BIGINT NOT NULL)",
    "CREATE INDEX grants_by_consumer_and_user ON grants(consumer_key, user_id, created_at)",

    "CREATE TABLE login_sessions("
    " id_sha256 TEXT NOT NULL PRIMARY KEY,"
    " user_id BIGINT NOT NULL,"
    " created_at BIGINT NOT NULL,"
    " valid_until BIGINT NOT NULL)",
    "CREATE INDEX login_sessions_by_user ON login_sessions(user_id, created_at)",
    "CREATE INDEX login_sessions_by_end ON login_sessions(valid_until)",

    "CREATE TABLE login_tokens("
    " token_sha256 TEXT NOT NULL PRIMARY KEY,"
    " kind TEXT NOT NULL,"
    " user_id BIGINT NOT NULL,"
    " return_url TEXT NOT NULL,"
    " created_at BIGINT NOT NULL,"
    " valid_until BIGINT NOT NULL)",
    "CREATE INDEX login_tokens_by_user ON login_tokens(user_id)",
    "CREATE INDEX login_tokens_by_end ON login_tokens(valid_until)",
};

// Who is told of what happens to photos, and drafts that publish themselves.
constexpr const char* kHooks[] = {
    "CREATE TABLE hooks("
    " hook_id BIGINT NOT NULL PRIMARY KEY,"
    " consumer_key TEXT NOT NULL,"
    " event TEXT NOT NULL,"  // 'video.uploaded', …, 'all'; 'pingback' for what is no webhook
    " target_url TEXT NOT NULL,"
    " secret TEXT NOT NULL,"
    " created_at BIGINT NOT NULL)",
    "CREATE INDEX hooks_by_event ON hooks(event, hook_id)",
    "CREATE UNIQUE INDEX hooks_by_consumer ON hooks(consumer_key, event, target_url)",
    "INSERT INTO numbers(kind, last) VALUES('hook', 0)",

    // Those that wait, and those that are dead, are few among many that were delivered.
    "CREATE INDEX outbox_waiting_by_photo ON outbox(photo_id, event_id) WHERE state = 'waiting'",
    "CREATE INDEX outbox_waiting_by_signer ON outbox(signer, event_id) WHERE state = 'waiting' AND signer <> ''",
    "CREATE INDEX outbox_waiting ON outbox(state, event_id) WHERE state = 'waiting'",
    "CREATE INDEX outbox_dead ON outbox(state, event_id) WHERE state = 'dead'",

    "CREATE TABLE publications(photo_id BIGINT NOT NULL PRIMARY KEY, due_at BIGINT NOT NULL)",
    "CREATE INDEX publications_by_time ON publications(due_at, photo_id)",
    "INSERT INTO publications(photo_id, due_at) SELECT photo_id, publish_date FROM photos"
    " WHERE publish = 0 AND publish_date > COALESCE(edited_at, created_at)",

    "CREATE INDEX albums_by_title ON albums(title, album_id)",

    // Promoted photos come first: they are counted, and those that are not are told apart within the index.
    "DROP INDEX cards_by_published",
    "CREATE INDEX cards_by_published ON photo_cards(published_at, photo_id, publish, promoted)",
    "INSERT INTO counts(name, n) SELECT 'promoted', COUNT(*) FROM photo_cards WHERE promoted = 1",
    "INSERT INTO counts(name, n) SELECT 'published promoted', COUNT(*) FROM photo_cards WHERE promoted = 1"
    " AND publish = 1",
};

// Tokens as they live: lists of them by state, changes for files that are still to come, news for other processes; and
// photos by their custom variables.
constexpr const char* kTokenLife[] = {
    // Each state in the order of the list. The columns behind the key answer the rest of the question from the index.
    "CREATE INDEX tokens_by_user ON tokens(user_id, created_at, token, revoked, used, max_uploads, valid_until)",
    "CREATE INDEX tokens_revoked ON tokens(created_at, token, user_id) WHERE revoked = 1",
    "CREATE INDEX tokens_finished ON tokens(created_at, token, user_id) WHERE revoked = 0 AND used >= max_uploads",
    "CREATE INDEX tokens_live ON tokens(valid_until, created_at, token, user_id)"
    " WHERE revoked = 0 AND used < max_uploads",
    "CREATE INDEX tokens_unused ON tokens(created_at, token, user_id, valid_until)"
    " WHERE revoked = 0 AND used < max_uploads",

    // How many tokens of each user are revoked, finished or neither: counted as they change, never by walking.
    "CREATE TABLE token_counts("
    " phase TEXT NOT NULL,"
    " user_id BIGINT NOT NULL,"
    " n BIGINT NOT NULL,"
    " PRIMARY KEY (phase, user_id))"
    " WITHOUT ROWID",
    "INSERT INTO token_counts(phase, user_id, n)"
    " SELECT CASE WHEN revoked = 1 THEN 'revoked' WHEN used >= max_uploads THEN 'finished' ELSE 'unused' END, user_id,"
    " COUNT(*) FROM tokens GROUP BY 1, 2",

    // identifier '': of all files of the token. change: a JSON array of [name, value] pairs.
    "CREATE TABLE waiting_changes("
    " token TEXT NOT NULL,"
    " identifier TEXT NOT NULL,"
    " change TEXT NOT NULL,"
    " changed_at BIGINT NOT NULL,"
    " PRIMARY KEY (token, identifier))"
    " WITHOUT ROWID",
    "CREATE INDEX waiting_changes_by_age ON waiting_changes(changed_at, token)",

    "CREATE TABLE token_news(news_id BIGINT NOT NULL PRIMARY KEY, token TEXT NOT NULL)",
    "INSERT INTO numbers(kind, last) VALUES('token news', 0)",

    "CREATE TABLE photo_variables("
    " photo_id BIGINT NOT NULL,"
    " name TEXT NOT NULL,"
    " value TEXT NOT NULL,"
    " publish BIGINT NOT NULL,"
    " published_at BIGINT NOT NULL,"
    " PRIMARY KEY (photo_id, name))"
    " WITHOUT ROWID",
    "CREATE INDEX photo_variables_by_value ON photo_variables(name, value, published_at, photo_id, publish)",
};

// What becomes of uploads, for whoever looks into them (insight.h).
constexpr const char* kInsight[] = {
    "ALTER TABLE receipts ADD COLUMN received_at BIGINT NOT NULL DEFAULT 0",

    "CREATE TABLE upload_troubles("
    " upload_id TEXT NOT NULL PRIMARY KEY REFERENCES uploads(upload_id) ON DELETE CASCADE,"
    " attempts BIGINT NOT NULL,"
    " found BIGINT NOT NULL,"
    " taken_over BIGINT NOT NULL,"
    " stalled BIGINT NOT NULL,"
    " cut BIGINT NOT NULL,"
    " failed BIGINT NOT NULL,"
    " last_error TEXT NOT NULL,"
    " last_error_at BIGINT)"
    " WITHOUT ROWID",
};

// What has served its time, and what has not lasted.
constexpr const char* kUpkeep[] = {
    "CREATE INDEX tokens_by_end ON tokens(valid_until, token)",

    "CREATE TABLE damaged_files("
    " file_id BIGINT NOT NULL PRIMARY KEY,"
    " photo_id BIGINT NOT NULL,"
    " damage TEXT NOT NULL,"  // 'missing', 'size', 'content', 'unreadable'
    " found_at BIGINT NOT NULL)",
};

// Tokens in the order in which they were made: two of the same millisecond have one, too, and a clock that was set back
// changes nothing.
constexpr const char* kTokenNumbers[] = {
    "ALTER TABLE tokens ADD COLUMN number BIGINT NOT NULL DEFAULT 0",
    "UPDATE tokens SET number = o.number FROM"
    " (SELECT token, ROW_NUMBER() OVER (ORDER BY created_at, token) AS number FROM tokens) o"
    " WHERE o.token = tokens.token",
    "INSERT INTO numbers(kind, last) SELECT 'token', COUNT(*) FROM tokens",

    "DROP INDEX tokens_by_age",
    "DROP INDEX tokens_by_user",
    "DROP INDEX tokens_revoked",
    "DROP INDEX tokens_finished",
    "DROP INDEX tokens_live",
    "DROP INDEX tokens_unused",
    // As in kTokenLife, with the number in the place of the time.
    "CREATE INDEX tokens_by_number ON tokens(number, token)",
    "CREATE INDEX tokens_by_user ON tokens(user_id, number, token, revoked, used, max_uploads, valid_until)",
    "CREATE INDEX tokens_revoked ON tokens(number, token, user_id) WHERE revoked = 1",
    "CREATE INDEX tokens_finished ON tokens(number, token, user_id) WHERE revoked = 0 AND used >= max_uploads",
    "CREATE INDEX tokens_live ON tokens(valid_until, number, token, user_id)"
    " WHERE revoked = 0 AND used < max_uploads",
    "CREATE INDEX tokens_unused ON tokens(number, token, user_id, valid_until)"
    " WHERE revoked = 0 AND used < max_uploads",
};

// The n-th makes schema n.
constexpr Migration kMigrations[] = {kFirst, kLibrary,   kTokenKinds, kFiles,  kPeople,
                                     kHooks, kTokenLife, kInsight,    kUpkeep, kTokenNumbers};

}  // namespace

int newest_schema() { return static_cast<int>(std::size(kMigrations)); }

Result<void> migrate_blocking(Session& session) {
  // IMMEDIATE, so that two processes that start at once do not both migrate.
  session.run_once("BEGIN IMMEDIATE");
  try {
    session.run_once("CREATE TABLE IF NOT EXISTS schema_version(version BIGINT NOT NULL)");
    const auto version = session.one<std::int64_t>("SELECT version FROM schema_version");
    const std::int64_t found = version.value_or(0);
    if (found > newest_schema()) {
      session.run_once("ROLLBACK");
      return fail(Errc::invalid_input, {},
                  "the catalog was written by a newer Stile (schema " + std::to_string(found) +
                      ", this program knows up to " + std::to_string(newest_schema()) + "); use that one");
    }
    for (std::int64_t next = found; next < newest_schema(); ++next)
      for (const char* statement : kMigrations[next]) session.run_once(statement);
    if (!version) session.run_once("INSERT INTO schema_version(version) VALUES(0)");
    session.run("UPDATE schema_version SET version = :version", std::int64_t(newest_schema()));
    session.run_once("COMMIT");
  } catch (const SqlError&) {
    try {
      session.run_once("ROLLBACK");
    } catch (const SqlError&) {
      // Rolled back by itself.
    }
    throw;
  }
  return {};
}

}  // namespace stile::catalog
