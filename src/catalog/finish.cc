// SqlCatalog: the one transaction of invariant I4.
#include "catalog/database.h"
#include "catalog/lookups.h"
#include "catalog/numbers.h"
#include "catalog/photo_links.h"

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

// I5: this update decides, whatever was checked before.
Result<void> use_token(Session& session, const std::string& token) {
  if (session.run("UPDATE tokens SET used = used + 1 WHERE token = :token AND revoked = 0 AND used < max_uploads",
                  token) == 1)
    return {};
  const std::optional<Token> found = token_row(session, token);
  if (!found) return fail(Errc::token_unknown);
  return fail(found->revoked ? Errc::token_revoked : Errc::token_used_up);
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

io::Task<Result<void>> SqlCatalog::finish_upload(Finish finish, WallTime now) {
  finish.upload.state = UploadState::done;
  finish.upload.changed_at = now;
  return database_->write(Weight::full, [finish = std::move(finish)](Session& session) mutable -> Result<void> {
    static const std::string kUpsertUpload = upsert_upload();
    static const std::string kInsertPhoto = insert_of<Photo>();
    static const std::string kInsertEvent = insert_of<Event>();
    // First the upload: a replay of the last one is answered also when the token is used up by it.
    STILE_TRY(may_finish(session, finish.upload));
    STILE_TRY(use_token(session, finish.upload.key.token));
    session.run(kUpsertUpload, finish.upload);
    session.run(kInsertPhoto, finish.photo);
    link_photo(session, finish.photo);
    for (Event& event : finish.events) {
      event.event_id = take_numbers(session, "event", 1);
      session.run(kInsertEvent, event);
    }
    session.run("UPDATE tokens SET received_bytes = received_bytes + :size WHERE token = :token", finish.photo.size,
                finish.upload.key.token);
    return {};
  });
}

}  // namespace stile::catalog
