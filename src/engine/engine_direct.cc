// Files of callers who may write: photo/upload and photo/replace; and of who corrects what an upload token made.
#include "engine/engine.h"

namespace stile::engine {

io::Task<Result<catalog::Photo>> Engine::finish_direct(Spool spool, DirectUpload what) {
  STILE_CO_TRY(check_size(spool.size()));
  catalog::Token nobody;  // without a name: never stored, never counted
  nobody.photo_id = what.photo_id;
  nobody.kind = what.photo_id != 0 ? catalog::TokenKind::replace : catalog::TokenKind::upload;
  nobody.user_id = what.user_id;
  nobody.metadata = std::move(what.metadata);
  STILE_CO_TRY(co_await check_target(nobody));
  if (what.by_token != nullptr) STILE_CO_TRY(check_bytes(*what.by_token, spool.size()));
  auto file_id = co_await photo_ids_.next();
  if (!file_id) co_return fail(std::move(file_id).error());
  auto content_type = co_await publish_spool(spool, *file_id, what.by_token);
  if (!content_type) co_return fail(std::move(content_type).error());

  catalog::Upload upload;
  upload.upload_id = spool.upload_id();
  upload.key.total_size = spool.size();
  if (what.by_token != nullptr) upload.key.token = what.by_token->token;
  upload.file_id = *file_id;
  upload.photo_id = photo_of(nobody, *file_id);
  upload.file_name = std::move(what.file_name);
  upload.content_type = std::move(*content_type);
  const std::int64_t photo_id = upload.photo_id;
  auto answer = co_await commit_finish(std::move(nobody), std::move(upload), spool.crc32(), spool.request_id());
  if (answer) co_return std::move(answer->photo);
  // As in finish_spool: a file that a photo has is never removed, and an answer that was lost is given after all.
  auto known = co_await parts_.catalog.known_files({*file_id});
  if (known && !known->empty()) {
    auto photo = co_await parts_.catalog.find_photo(photo_id);
    if (photo && photo->has_value()) co_return std::move(**photo);
  } else if (known) {
    (void)co_await parts_.disk.run([&] { return parts_.store.remove_photo_blocking(*file_id); });
  }
  co_return fail(std::move(answer).error());
}

}  // namespace stile::engine
