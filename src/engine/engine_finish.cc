// From "every byte is there" to a photo: sync, move, sync directories, one transaction (invariants I4, I5, I6).
#include <algorithm>
#include <vector>

#include "base/crc32.h"
#include "base/failpoint.h"
#include "engine/engine.h"

namespace stile::engine {
namespace {

// Ends the "somebody is finishing" state on every way out.
class FinishTurn {
 public:
  explicit FinishTurn(UploadHandle upload) : upload_(std::move(upload)) {}
  FinishTurn(const FinishTurn&) = delete;
  ~FinishTurn() {
    {
      std::lock_guard lock(upload_->mutex);
      upload_->finishing = false;
    }
    upload_->changed.notify();
  }

 private:
  UploadHandle upload_;
};

// Makes every byte of the file unsynced again, if it still has the bytes that were acknowledged. After a failed sync
// only this gives the next one something to prove (I10).
Result<void> rewrite_blocking(io::File& file, std::uint64_t size, std::uint32_t crc32) {
  std::vector<std::byte> buffer(std::min<std::uint64_t>(size, 256 * kKiB));
  std::uint32_t seen = 0;
  for (std::uint64_t at = 0; at < size;) {
    const auto part = MutableBytes(buffer).first(std::min<std::uint64_t>(buffer.size(), size - at));
    auto got = file.read_at_blocking(at, part);
    if (!got) return fail(std::move(got).error());
    if (*got != part.size()) return fail(Errc::io_error, {}, "the staging file is shorter than it was");
    seen = crc32_update(seen, part);
    STILE_TRY(file.write_at_blocking(at, part));
    at += part.size();
  }
  if (seen != crc32) return fail(Errc::io_error, {}, "acknowledged bytes were lost by a failed sync");
  return {};
}

}  // namespace

io::Task<Result<FinalAnswer>> Engine::finish(UploadHandle upload, std::string request_id) {
  STILE_CO_TRY(co_await refresh_token(upload));
  for (;;) {
    std::uint64_t seen = 0;
    {
      std::lock_guard lock(upload->mutex);
      if (upload->answer) co_return *upload->answer;
      STILE_CO_TRY(check_may_go_on(*upload));
      const bool done = upload->record.state == catalog::UploadState::done;
      if (!done && !upload->ranges.contains({0, upload->total()}))
        co_return fail(Errc::invalid_input, "the upload is not complete");
      if (!upload->finishing) {
        upload->finishing = true;
        break;
      }
      seen = upload->changed.version();
    }
    co_await upload->changed.changed_since(seen);
  }
  const FinishTurn turn(upload);
  auto answer = co_await run_finish(upload, request_id);
  if (!answer) co_return answer;
  std::lock_guard lock(upload->mutex);
  upload->answer = std::make_shared<const FinalAnswer>(*answer);
  upload->record = answer->upload;
  upload->staging.reset();
  co_return answer;
}

// Every step can be repeated: a crash anywhere before the transaction is followed by the same steps again.
io::Task<Result<FinalAnswer>> Engine::run_finish(UploadHandle upload, const std::string& request_id) {
  catalog::Upload record;
  std::uint32_t crc32 = 0;
  bool sync_failed = false;
  {
    std::lock_guard lock(upload->mutex);
    record = upload->record;
    sync_failed = upload->sync_failed;
    if (record.state != catalog::UploadState::done) crc32 = upload->ranges.complete(upload->total()).value();
  }
  if (record.state == catalog::UploadState::done) co_return co_await stored_answer(upload->key);

  // Metadata, extras and revocation as they are now, not as they were when the first byte came.
  auto token = co_await parts_.catalog.find_token(record.key.token);
  if (!token) co_return fail(std::move(token).error());
  if (!token->has_value()) co_return fail(Errc::token_unknown);

  failpoint("finish.begun");
  bool moved = false;
  auto published = co_await parts_.disk.run([&]() -> Result<void> {
    // The original may have been moved by a finish that did not get to its transaction.
    auto file = parts_.store.open_staging_blocking(record.upload_id);
    moved = !file;
    if (moved) file = parts_.store.open_original_blocking(record.file_id);
    if (!file) return fail(Errc::io_error, {}, "the bytes of a complete upload are gone: " + file.error().cause);
    if (record.content_type.empty()) {
      auto type = judge_file_blocking(parts_.judge, **file, upload->total());
      if (!type) return fail(std::move(type).error());
      record.content_type = std::move(*type);
    }
    STILE_TRY(check_type(**token, record.content_type));
    // Survives: power loss after the answer. With durability chunk the ranges are on disk already; this covers "file".
    // A file that has been moved was synced before.
    if (settings_.durability == Durability::file && !moved) {
      if (sync_failed) STILE_TRY(rewrite_blocking(**file, upload->total(), crc32));
      auto synced = (*file)->sync_data_blocking();
      sync_failed = !synced;
      STILE_TRY(std::move(synced));
      failpoint("finish.synced");
    }
    return parts_.store.publish_blocking(record.upload_id, record.file_id);
  });
  if (!published && published.error().code == Errc::already_exists) {
    // Its own file of an earlier finish, whose receipts a power loss has made doubtful; or one that came after the
    // backup which the catalog is. If it is a photo's it stays, and so does the error.
    STILE_CO_TRY(co_await set_aside(record.file_id));
    published = co_await parts_.disk.run(
        [&] { return parts_.store.publish_blocking(record.upload_id, record.file_id); });
  }
  {
    std::lock_guard lock(upload->mutex);
    upload->sync_failed = sync_failed;
  }
  if (!published) {
    // Perhaps everything was committed before, and only the answer got lost: then the file may be gone by now, because
    // the photo was deleted or has got another one.
    auto row = co_await parts_.catalog.find_upload(upload->key);
    if (row && row->has_value() && (*row)->state == catalog::UploadState::done)
      co_return co_await stored_answer(upload->key);
    if (published.error().code == Errc::unsupported_type)
      (void)co_await fail_upload(upload, published.error(), request_id);
    co_return fail(our_trouble(std::move(published).error()));
  }

  const std::int64_t file_id = record.file_id;
  auto answer = co_await commit_finish(std::move(**token), std::move(record), crc32, request_id);
  if (!answer && answer.error().code == Errc::already_exists) co_return co_await stored_answer(upload->key);
  if (!answer && !is_temporary(answer.error().code)) {
    // The last use of the token went to somebody else, it was revoked, or the photo to be replaced is gone: nobody will
    // ever have this file.
    (void)co_await fail_upload(upload, answer.error(), request_id);
    if (moved)
      (void)co_await set_aside(file_id);
    else
      (void)co_await parts_.disk.run([&] { return parts_.store.remove_photo_blocking(file_id); });
  }
  co_return answer;
}

// What the transaction shall make true. A token without a name stands for a caller who may write (finish_direct).
io::Task<Result<catalog::Finish>> Engine::draft_finish(const catalog::Token& token, catalog::Upload upload,
                                                       std::uint32_t crc32) {
  const bool replaces = token.photo_id != 0;
  catalog::Finish finish;
  finish.authority = token.token.empty() ? catalog::Finish::Authority::caller : catalog::Finish::Authority::token;
  finish.target = replaces ? catalog::Finish::Target::replacement : catalog::Finish::Target::new_photo;
  finish.upload = std::move(upload);
  finish.upload.state = catalog::UploadState::done;
  finish.upload.changed_at = parts_.clock.wall_now();
  if (replaces) {
    auto photo = co_await parts_.catalog.find_photo(token.photo_id);
    if (!photo) co_return fail(std::move(photo).error());
    if (!photo->has_value()) co_return fail(Errc::not_found, std::string(kNoPhotoToReplace));
    finish.photo = std::move(**photo);
  } else {
    finish.photo.photo_id = finish.upload.photo_id;
    finish.photo.tree_id = settings_.tree_id;
    finish.photo.token = random_hex(parts_.random, 32);
    finish.photo.upload_token = token.token;
    finish.photo.upload_id = finish.upload.upload_id;
    finish.photo.user_id = token.user_id;
    finish.photo.metadata = token.metadata;
    finish.photo.created_at = finish.upload.changed_at;
  }
  finish.photo.file_id = finish.upload.file_id;
  finish.photo.file_name = finish.upload.file_name;
  finish.photo.content_type = finish.upload.content_type;
  finish.photo.size = finish.upload.key.total_size;
  finish.photo.crc32 = crc32;
  co_return std::move(finish);
}

io::Task<Result<FinalAnswer>> Engine::commit_finish(catalog::Token token, catalog::Upload upload, std::uint32_t crc32,
                                                    const std::string& request_id) {
  auto finish = co_await draft_finish(token, std::move(upload), crc32);
  if (!finish) co_return fail(std::move(finish).error());
  parts_.policy.complete(token, *finish);
  FinalAnswer answer{std::move(token), finish->upload, {}};
  const WallTime now = finish->upload.changed_at;
  failpoint("finish.published");
  // Survives: everything. From here on the photo exists (or has its new file), the use is counted, the answer is known
  // and the callback will be made; before here none of it is true (I4).
  auto photo = co_await parts_.catalog.finish_upload(std::move(*finish), now);
  if (!photo) co_return fail(std::move(photo).error());
  failpoint("finish.committed");
  tokens_.note_use(answer.token);
  answer.photo = std::move(*photo);
  stats_.finished.add();
  parts_.policy.finished(answer, request_id);
  co_return answer;
}

io::Task<Result<FinalAnswer>> Engine::stored_answer(catalog::UploadKey key) {
  auto token = co_await parts_.catalog.find_token(key.token);
  if (!token) co_return fail(std::move(token).error());
  auto record = co_await parts_.catalog.find_upload(key);
  if (!record) co_return fail(std::move(record).error());
  if (!token->has_value() || !record->has_value()) co_return fail(Errc::token_unknown);
  auto photo = co_await parts_.catalog.find_photo((*record)->photo_id);
  if (!photo) co_return fail(std::move(photo).error());
  if (!photo->has_value()) co_return fail(Errc::not_found);
  co_return FinalAnswer{std::move(**token), std::move(**record), std::move(**photo)};
}

}  // namespace stile::engine
