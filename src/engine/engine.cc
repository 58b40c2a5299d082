// Finding, starting and holding uploads under way. Writing, finishing, spooling and recovery have files of their own.
#include "engine/engine.h"

#include <utility>

#include "base/failpoint.h"

namespace stile::engine {

Engine::Engine(EngineParts parts, EngineSettings settings)
    : parts_(parts), settings_(std::move(settings)), photo_ids_(parts.catalog), tokens_(parts.clock) {}

Engine::~Engine() = default;

Error our_trouble(Error error) {
  if (error.code == Errc::not_found || error.code == Errc::already_exists) error.code = Errc::io_error;
  return error;
}

// What replaces a photo needs one. It may still go before the finish, which looks again.
io::Task<Result<void>> Engine::check_target(const catalog::Token& token) {
  if (token.kind != catalog::TokenKind::replace) co_return Result<void>{};
  auto photo = co_await parts_.catalog.find_photo(token.photo_id);
  if (!photo) co_return fail(std::move(photo).error());
  if (!photo->has_value()) co_return fail(Errc::not_found, std::string(kNoPhotoToReplace));
  co_return Result<void>{};
}

Result<void> Engine::check_size(std::uint64_t size) const {
  if (size == 0) return fail(Errc::empty_file);
  if (size > settings_.max_file_bytes) return fail(Errc::too_large);
  return {};
}

io::Task<Result<UploadHandle>> Engine::open(OpenRequest request) {
  auto upload = co_await open_checked(std::move(request));
  if (!upload) stats_.refused.add(upload.error().code);
  co_return upload;
}

io::Task<Result<UploadHandle>> Engine::open_checked(OpenRequest request) {
  STILE_CO_TRY(check_size(request.key.total_size));
  auto upload = co_await open_or_find(request.key, request.kind, &request);
  if (!upload) co_return upload;
  STILE_CO_TRY(co_await refresh_token(*upload));
  STILE_CO_TRY(may_go_on(*upload));
  STILE_CO_TRY(may_come_from(*upload, request.origin));
  co_return upload;
}

io::Task<Result<UploadHandle>> Engine::find(catalog::UploadKey key, catalog::TokenKind kind) {
  auto upload = co_await open_or_find(std::move(key), kind, nullptr);
  if (upload) STILE_CO_TRY(co_await refresh_token(*upload));
  co_return upload;
}

// The first request for a key loads it; the others wait for that. An entry that could not be loaded leaves the table.
io::Task<Result<UploadHandle>> Engine::open_or_find(catalog::UploadKey key, Kind kind, const OpenRequest* to_start) {
  for (;;) {
    UploadHandle upload;
    bool mine = false;
    {
      std::lock_guard lock(mutex_);
      UploadHandle& entry = active_[key];
      mine = entry == nullptr;
      if (mine) entry = std::make_shared<ActiveUpload>(key);
      upload = entry;
    }
    if (mine) {
      Result<void> loaded{};
      try {
        loaded = co_await load(upload, kind, to_start);
      } catch (const std::exception& error) {  // those who wait for the entry must hear of it
        loaded = fail(Errc::io_error, {}, error.what());
      }
      {
        std::scoped_lock lock(mutex_, upload->mutex);
        upload->loading = loaded ? ActiveUpload::Loading::done : ActiveUpload::Loading::failed;
        upload->last_used = parts_.clock.steady_now();
        if (!loaded) {
          upload->load_error = loaded.error();
          active_.erase(key);
        }
      }
      upload->changed.notify();
      if (!loaded) co_return fail(std::move(loaded).error());
      co_return upload;
    }
    std::uint64_t seen = 0;
    {
      std::lock_guard lock(upload->mutex);
      upload->last_used = parts_.clock.steady_now();
      if (upload->loading == ActiveUpload::Loading::done) {
        if (kind && upload->token.kind != kind) co_return fail(Errc::token_unknown);
        co_return upload;
      }
      if (upload->loading == ActiveUpload::Loading::failed) {
        // Somebody only asked whether it exists; we would start it.
        if (to_start != nullptr && upload->load_error.code == Errc::not_found) continue;
        // Another page was refused; that says nothing about ours.
        if (to_start != nullptr && upload->load_error.code == Errc::permission_denied) continue;
        co_return fail(upload->load_error);
      }
      seen = upload->changed.version();
    }
    co_await upload->changed.changed_since(seen);
  }
}

// Fills a new entry from the catalog, or starts the upload. Nobody else touches the entry meanwhile.
io::Task<Result<void>> Engine::load(const UploadHandle& upload, Kind kind, const OpenRequest* to_start) {
  auto found = co_await parts_.catalog.find_upload(upload->key);
  if (!found) co_return fail(std::move(found).error());
  // One that was abandoned may be sent anew; its row makes place for the new one.
  const bool is_new = !found->has_value() || (*found)->state == catalog::UploadState::aborted;
  if (is_new && to_start == nullptr) co_return fail(Errc::not_found);
  auto token = co_await parts_.catalog.find_token(upload->key.token);
  if (!token) co_return fail(std::move(token).error());
  if (!token->has_value() || (kind && (*token)->kind != kind)) co_return fail(Errc::token_unknown);
  {
    std::lock_guard lock(upload->mutex);
    upload->token = std::move(**token);
  }
  if (is_new) co_return co_await start_new(upload, *to_start);
  std::vector<catalog::Receipt> receipts;
  if ((*found)->state == catalog::UploadState::receiving) {
    auto stored = co_await parts_.catalog.receipts((*found)->upload_id);
    if (!stored) co_return fail(std::move(stored).error());
    receipts = std::move(*stored);
  }
  std::lock_guard lock(upload->mutex);
  upload->record = std::move(**found);
  for (const catalog::Receipt& receipt : receipts) upload->ranges.add(receipt.range, receipt.crc32);
  co_return Result<void>{};
}

// The staging file first, then the row: a crash between the two leaves a file that the next start sweeps away.
io::Task<Result<void>> Engine::start_new(const UploadHandle& upload, const OpenRequest& request) {
  const WallTime now = parts_.clock.wall_now();
  catalog::Token token;
  {
    std::lock_guard lock(upload->mutex);
    token = upload->token;
  }
  STILE_CO_TRY(may_start(token, now, token.kind));
  STILE_CO_TRY(check_origin(token, request.origin));
  STILE_CO_TRY(check_bytes(token, request.key.total_size));
  STILE_CO_TRY(co_await check_target(token));
  auto file_id = co_await photo_ids_.next();
  if (!file_id) co_return fail(std::move(file_id).error());

  catalog::Upload row;
  row.upload_id = random_hex(parts_.random, 32);
  row.key = request.key;
  row.file_id = *file_id;
  row.photo_id = photo_of(token, *file_id);
  row.file_name = request.file_name;
  row.extras = request.extras;
  row.created_at = row.changed_at = now;

  const std::string upload_id = row.upload_id;
  auto staging = std::make_shared<StagingFile>();
  STILE_CO_TRY(co_await parts_.disk.run([&]() -> Result<void> {
    auto file = parts_.store.create_staging_blocking(upload_id, request.key.total_size);
    if (!file) return fail(our_trouble(std::move(file).error()));
    staging->file = std::move(*file);
    return {};
  }));
  failpoint("upload.staged");
  auto started = co_await parts_.catalog.start_upload(std::move(row), now, {settings_.max_open_per_token});
  if (!started || started->upload_id != upload_id) {
    // Refused, or another process was faster: our file is of no use.
    (void)co_await parts_.disk.run([&] { return parts_.store.remove_staging_blocking(upload_id); });
    if (!started) co_return fail(std::move(started).error());
    co_return fail(Errc::busy, {}, "the upload was started elsewhere at the same moment");
  }
  failpoint("upload.started");
  stats_.started.add();
  tell({.what = UploadNews::What::started, .upload = *started, .request_id = request.request_id});
  std::lock_guard lock(upload->mutex);
  upload->record = std::move(*started);
  upload->staging = std::move(staging);
  co_return Result<void>{};
}

io::Task<Result<std::shared_ptr<StagingFile>>> Engine::staging_of(UploadHandle upload) {
  std::string upload_id;
  bool nothing_to_lose = false;
  {
    std::lock_guard lock(upload->mutex);
    if (upload->staging && !upload->staging->poisoned) co_return upload->staging;
    upload_id = upload->record.upload_id;
    nothing_to_lose = upload->ranges.runs() == 0;
  }
  auto staging = std::make_shared<StagingFile>();
  STILE_CO_TRY(co_await parts_.disk.run([&]() -> Result<void> {
    auto file = parts_.store.open_staging_blocking(upload_id);
    if (!file && file.error().code == Errc::not_found && nothing_to_lose) {
      // It was moved by a finish whose receipts were distrusted after a power loss: the client begins again.
      file = parts_.store.create_staging_blocking(upload_id, upload->total());
      if (!file && file.error().code == Errc::already_exists) file = parts_.store.open_staging_blocking(upload_id);
      if (!file && file.error().code == Errc::disk_full) return fail(std::move(file).error());
    }
    if (!file) return fail(Errc::io_error, {}, file.error().cause);
    staging->file = std::move(*file);
    return {};
  }));
  std::lock_guard lock(upload->mutex);
  // Another attempt may have opened it meanwhile; all must share one, so that all hear of a failed sync.
  if (!upload->staging || upload->staging->poisoned) upload->staging = std::move(staging);
  co_return upload->staging;
}

Result<void> Engine::check_may_go_on(const ActiveUpload& upload) const {
  if (upload.record.state == catalog::UploadState::failed) return fail(upload.record.failure, upload.failure_words);
  if (upload.record.state == catalog::UploadState::aborted) return fail(Errc::not_found);
  if (upload.record.state == catalog::UploadState::done) return {};
  if (upload.token.revoked) return fail(Errc::token_revoked);
  // I6: an upload under way may finish within the grace.
  if (upload.token.valid_until + settings_.grace <= parts_.clock.wall_now()) return fail(Errc::token_expired);
  return {};
}

Result<void> Engine::may_go_on(const UploadHandle& upload) const {
  std::lock_guard lock(upload->mutex);
  return check_may_go_on(*upload);
}

bool Engine::is_stored(const UploadHandle& upload, ByteRange range) const {
  std::lock_guard lock(upload->mutex);
  return upload->record.state == catalog::UploadState::done || upload->ranges.contains(range);
}

bool Engine::complete(const UploadHandle& upload) const { return is_stored(upload, {0, upload->total()}); }

io::Task<Result<void>> Engine::fail_upload(UploadHandle upload, Error reason, const std::string& request_id) {
  std::string upload_id;
  catalog::Upload record;
  {
    std::lock_guard lock(upload->mutex);
    if (upload->record.state != catalog::UploadState::receiving) co_return Result<void>{};
    upload->record.state = catalog::UploadState::failed;
    upload->record.failure = reason.code;
    upload->failure_words = reason.message;
    upload->staging.reset();
    upload_id = upload->record.upload_id;
    record = upload->record;
  }
  stats_.failed.add(reason.code);
  tell({.what = UploadNews::What::failed, .upload = record, .reason = &reason, .request_id = request_id});
  upload->changed.notify();
  STILE_CO_TRY(co_await parts_.catalog.end_upload(upload_id, catalog::UploadState::failed, reason.code,
                                                  parts_.clock.wall_now()));
  failpoint("upload.failed");
  co_return co_await parts_.disk.run([&] { return parts_.store.remove_staging_blocking(upload_id); });
}

std::size_t Engine::active_uploads() const {
  std::lock_guard lock(mutex_);
  return active_.size();
}

}  // namespace stile::engine
