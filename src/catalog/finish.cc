// SqlCatalog: the one transaction of invariant I4.
#include "base/failpoint.h"
#include "catalog/announce.h"
#include "catalog/database.h"
#include "catalog/lookups.h"
#include "catalog/numbers.h"
#include "catalog/photo_files.h"
#include "catalog/photo_links.h"
#include "catalog/token_rows.h"

namespace stile::catalog {

namespace {

// Whether `upload` may become done.
Result<void> may_finish(Session& session, const Upload& upload) {
  const std::optional<Upload> there = upload_row(session, upload.key);
  if (!there) return {};  // a plain form's upload is first heard of here
  if (there->state == UploadState::done) return fail(Errc::already_exists);
  if (there->upload_id != upload.upload_id || there->state != UploadState::receiving) return fail(Errc::not_found);
  return {};
}

// I5: this update decides, about the uses and the bytes, whatever was checked before. A token of another kind, or for
// another photo, is none.
Result<void> use_token(Session& session, const Finish& finish) {
  const std::string& token = finish.upload.key.token;
  const bool replaces = finish.target == Finish::Target::replacement;
  const TokenKind kind = replaces ? TokenKind::replace : TokenKind::upload;
  const std::int64_t photo_id = replaces ? finish.photo.photo_id : 0;
  const std::uint64_t size = finish.photo.size;
  if (session.run("UPDATE tokens SET used = used + 1, received_bytes = received_bytes + :size "
                  "WHERE token = :token AND kind = :kind AND photo_id = :photo_id AND revoked = 0 "
                  "AND used < max_uploads AND (max_total_bytes = 0 OR max_total_bytes - received_bytes >= :more)",
                  size, token, kind, photo_id, size) == 1) {
    recount_used_token(session, token);
    return {};
  }
  const std::optional<Token> found = token_row(session, token);
  if (!found || found->kind != kind || found->photo_id != photo_id) return fail(Errc::token_unknown);
  if (found->revoked) return fail(Errc::token_revoked);
  if (found->used >= found->max_uploads) return fail(Errc::token_used_up);
  return fail(Errc::too_large, "The files of this link are too large together");
}

// Another file for what an upload token made: no use of it, but bytes that came through it.
Result<void> count_bytes(Session& session, const std::string& token, std::uint64_t size) {
  if (session.run("UPDATE tokens SET received_bytes = received_bytes + :size WHERE token = :token AND revoked = 0 "
                  "AND (max_total_bytes = 0 OR max_total_bytes - received_bytes >= :more)",
                  size, token, size) == 1)
    return {};
  const std::optional<Token> found = token_row(session, token);
  if (!found) return fail(Errc::token_unknown);
  if (found->revoked) return fail(Errc::token_revoked);
  return fail(Errc::too_large, "The files of this link are too large together");
}

// "INSERT … ON CONFLICT (upload_id) DO UPDATE SET state = excluded.state, …". The key stays, and its index untouched.
std::string upsert_upload() {
  std::string text = insert_of<Upload>() + " ON CONFLICT (upload_id) DO UPDATE SET ";
  std::string separator;
  const Upload record;
  Columns<Upload>::each(record, [&](std::string_view name, auto&) {
    if (name == "upload_id" || name == "token" || name == "identifier" || name == "total_size") return;
    text += separator + std::string(name) + " = excluded." + std::string(name);
    separator = ", ";
  });
  return text;
}

}  // namespace

io::Task<Result<Photo>> SqlCatalog::finish_upload(Finish finish, WallTime now) {
  finish.upload.state = UploadState::done;
  finish.upload.changed_at = now;
  return database_->write(Weight::full, [finish = std::move(finish), now](Session& session) mutable -> Result<Photo> {
    static const std::string kUpsertUpload = upsert_upload();
    static const std::string kInsertPhoto = insert_of<Photo>();
    static const std::string kInsertEvent = insert_of<Event>();
    if (finish.authority == Finish::Authority::token) {
      // First the upload: a replay of the last one is answered also when the token is used up by it.
      STILE_TRY(may_finish(session, finish.upload));
      STILE_TRY(use_token(session, finish));
      failpoint("finish.counted");
      session.run(kUpsertUpload, finish.upload);
    } else if (!finish.upload.key.token.empty()) {
      STILE_TRY(count_bytes(session, finish.upload.key.token, finish.photo.size));
    }
    if (finish.target == Finish::Target::replacement) {
      auto replaced = replace_file(session, finish.photo, now);
      if (!replaced) return replaced;
      finish.photo = std::move(*replaced);
    } else {
      if (finish.authority == Finish::Authority::token)
        apply_waiting_changes(session, finish.upload.key, finish.photo.metadata);
      session.run(kInsertPhoto, finish.photo);
      link_photo(session, finish.photo);
      announce_photo(session, finish.photo.photo_id, PhotoNews::uploaded, now);
    }
    for (Event& event : finish.events) {
      event.event_id = take_numbers(session, "event", 1);
      session.run(kInsertEvent, event);
    }
    failpoint("finish.written");
    return std::move(finish.photo);
  });
}

}  // namespace stile::catalog
