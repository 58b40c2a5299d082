// Coming back after a crash, and keeping house.
#include <algorithm>
#include <set>

#include "base/failpoint.h"
#include "engine/engine.h"

namespace stile::engine {
namespace {

constexpr std::size_t kBatch = 500;
// Plain forms move their file into the archive before any row speaks of it. A crash in between leaves an original whose
// id was handed out shortly before; this many ids are looked at.
constexpr std::int64_t kOrphanWindow = 16 * PhotoIds::kBlock;
constexpr Seconds kForgetIdleAfter{60};
// Into the note beside what is set aside.
const std::string kUnknownWhy =
    "At a start the catalog knew no photo with this file: a form that was cut off by a crash, before anybody was told "
    "that it had arrived; or a photo that is newer than a catalog that was restored from a backup.";
const std::string kAbandonedWhy =
    "It was moved into the archive by an upload that could never be finished, and was given up.";

}  // namespace

io::Task<Result<Recovery>> Engine::recover() {
  auto boot = co_await parts_.catalog.find_fact("boot_id");
  if (!boot) co_return fail(std::move(boot).error());
  auto durability = co_await parts_.catalog.find_fact("durability");
  if (!durability) co_return fail(std::move(durability).error());
  const bool were_synced = durability->value_or("chunk") == "chunk";
  // A machine that does not say which start this is may have gone down as well.
  const bool machine_restarted = boot->has_value() && (settings_.boot_id.empty() || **boot != settings_.boot_id);
  if (!were_synced && machine_restarted) {
    // It went down while receipts were written before their bytes were synced: none of them can be believed (I1).
    STILE_CO_TRY(co_await parts_.catalog.distrust_receipts());
  } else if (!were_synced && settings_.durability == Durability::chunk) {
    // From now on receipts will be believed after a power loss, so the old ones must become true first.
    STILE_CO_TRY(co_await sync_staged_files());
  }
  STILE_CO_TRY(co_await parts_.catalog.set_fact("boot_id", settings_.boot_id));
  STILE_CO_TRY(
      co_await parts_.catalog.set_fact("durability", settings_.durability == Durability::chunk ? "chunk" : "less"));

  auto highest = co_await parts_.disk.run([&] { return parts_.store.highest_photo_id_blocking(); });
  if (!highest) co_return fail(std::move(highest).error());
  auto is_older = co_await photo_ids_.pass(*highest);
  if (!is_older) co_return fail(std::move(is_older).error());

  STILE_CO_TRY(co_await sweep_staging_orphans());
  failpoint("recovery.staging_swept");
  auto reserved = co_await resume_finishes();
  if (!reserved) co_return fail(std::move(reserved).error());
  failpoint("recovery.finishes_resumed");
  Recovery recovery{.catalog_is_older = *is_older};
  if (!recovery.catalog_is_older) {
    auto set_aside = co_await sweep_archive_orphans(std::move(*reserved));
    if (!set_aside) co_return fail(std::move(set_aside).error());
    recovery.set_aside = std::move(*set_aside);
  }
  failpoint("recovery.done");
  co_return std::move(recovery);
}

io::Task<Result<void>> Engine::sync_staged_files() {
  std::string after;
  for (;;) {
    auto page = co_await parts_.catalog.open_uploads(after, kBatch);
    if (!page) co_return fail(std::move(page).error());
    if (page->empty()) co_return Result<void>{};
    after = page->back().upload_id;
    STILE_CO_TRY(co_await parts_.disk.run([&]() -> Result<void> {
      for (const catalog::Upload& upload : *page) {
        auto file = parts_.store.open_staging_blocking(upload.upload_id);
        if (!file && file.error().code == Errc::not_found) continue;  // a finish has synced and moved it
        if (!file) return fail(std::move(file).error());
        STILE_TRY((*file)->sync_data_blocking());
      }
      return {};
    }));
  }
}

// Uploads whose last byte was acknowledged but whose finish did not get to its transaction. Returns the file ids of
// all that were open: what lies in the archive under one of them is not an orphan.
io::Task<Result<std::set<std::int64_t>>> Engine::resume_finishes() {
  std::set<std::int64_t> reserved;
  std::string after;
  for (;;) {
    auto page = co_await parts_.catalog.open_uploads(after, kBatch);
    if (!page) co_return fail(std::move(page).error());
    if (page->empty()) co_return std::move(reserved);
    after = page->back().upload_id;
    for (const catalog::Upload& upload : *page) {
      reserved.insert(upload.file_id);
      auto handle = co_await open_or_find(upload.key, {}, nullptr);
      if (handle && complete(*handle)) {
        // One that cannot be finished (its token was revoked, say) must not keep the server from starting.
        const auto finished = co_await finish(*handle);
        if (finished) stats_.resumed.add();
      }
      // Nobody has asked for it yet, so it needs no memory, and the sweep need not wait until it was idle for long.
      std::lock_guard lock(mutex_);
      active_.erase(upload.key);
    }
  }
}

io::Task<Result<std::vector<std::string>>> Engine::sweep_archive_orphans(std::set<std::int64_t> reserved) {
  std::vector<std::string> set_aside;
  auto id = co_await photo_ids_.next();
  if (!id) co_return fail(std::move(id).error());
  for (std::int64_t candidate = std::max<std::int64_t>(1, *id - kOrphanWindow); candidate < *id; ++candidate) {
    auto there = co_await parts_.disk.run([&] { return parts_.store.has_original_blocking(candidate); });
    if (!there) co_return fail(std::move(there).error());
    if (!*there) continue;
    auto known = co_await parts_.catalog.known_files({candidate});
    if (!known) co_return fail(std::move(known).error());
    if (!known->empty() || reserved.contains(candidate)) continue;
    // Most likely a form that nobody was told of. But from here it looks like a photo that is newer than a catalog that
    // was put back, so it is not ours to remove.
    auto where =
        co_await parts_.disk.run([&] { return parts_.store.set_aside_photo_blocking(candidate, kUnknownWhy); });
    if (!where) co_return fail(std::move(where).error());
    set_aside.push_back(std::move(*where));
  }
  co_return std::move(set_aside);
}

io::Task<Result<void>> Engine::sweep() {
  const WallTime now = parts_.clock.wall_now();
  auto stale = co_await parts_.catalog.stale_uploads(now - settings_.abandon, kBatch);
  if (!stale) co_return fail(std::move(stale).error());
  for (const catalog::Upload& upload : *stale) {
    const UploadHandle closed = close_table_entry(upload.key);
    if (!closed) continue;  // somebody is at it after all
    auto abandoned = co_await abandon(upload);
    {
      // Whoever waited for the entry asks the catalog again, and starts anew or finds "aborted".
      std::scoped_lock lock(mutex_, closed->mutex);
      closed->loading = ActiveUpload::Loading::failed;
      closed->load_error = abandoned ? Error{Errc::not_found, {}, {}} : abandoned.error();
      active_.erase(upload.key);
    }
    closed->changed.notify();
    if (!abandoned) co_return abandoned;
    stats_.abandoned.add();
    tell({.what = UploadNews::What::abandoned, .upload = upload});
  }
  auto forgotten = co_await parts_.catalog.forget_ended_uploads(now - settings_.replay, kBatch);
  if (!forgotten) co_return fail(std::move(forgotten).error());
  stats_.forgotten.add(*forgotten);
  // Before the idle ones are let go, with what was counted of them. That it fails is no reason to keep them.
  auto noted = co_await note_troubles();
  forget_idle();
  co_return noted;
}

// Puts an entry into the table that makes whoever comes for this key wait; nullptr when somebody is or just was there.
UploadHandle Engine::close_table_entry(const catalog::UploadKey& key) {
  std::lock_guard lock(mutex_);
  UploadHandle& entry = active_[key];
  if (entry != nullptr) {
    if (entry.use_count() > 1) return nullptr;
    std::lock_guard inner(entry->mutex);
    if (entry->last_used + kForgetIdleAfter >= parts_.clock.steady_now()) return nullptr;
  }
  entry = std::make_shared<ActiveUpload>(key);
  return entry;
}

io::Task<Result<void>> Engine::abandon(catalog::Upload upload) {
  STILE_CO_TRY(co_await parts_.catalog.end_upload(upload.upload_id, catalog::UploadState::aborted, Errc::timed_out,
                                                  parts_.clock.wall_now()));
  failpoint("sweep.upload_ended");
  auto row = co_await parts_.catalog.find_upload(upload.key);
  if (!row) co_return fail(std::move(row).error());
  if (!row->has_value() || (*row)->state != catalog::UploadState::aborted) co_return Result<void>{};  // it has finished
  STILE_CO_TRY(co_await parts_.disk.run([&] { return parts_.store.remove_staging_blocking(upload.upload_id); }));
  failpoint("sweep.staging_removed");
  co_return co_await set_aside(upload.file_id);
}

// Of an upload that will never be finished. A finish may have left its file in the archive; or the catalog is older
// than the archive, and the file is a photo's.
io::Task<Result<void>> Engine::set_aside(std::int64_t file_id) {
  auto known = co_await parts_.catalog.known_files({file_id});
  if (!known) co_return fail(std::move(known).error());
  if (!known->empty()) co_return Result<void>{};
  auto where = co_await parts_.disk.run([&] { return parts_.store.set_aside_photo_blocking(file_id, kAbandonedWhy); });
  if (!where) co_return fail(std::move(where).error());
  co_return Result<void>{};
}

// Entries that nobody uses go: with them their open file and their ranges, which the catalog has.
void Engine::forget_idle() {
  const SteadyTime now = parts_.clock.steady_now();
  std::lock_guard lock(mutex_);
  std::erase_if(active_, [&](const auto& entry) {
    if (entry.second.use_count() > 1) return false;  // new users come through the table only, so this cannot change now
    std::lock_guard inner(entry.second->mutex);
    return entry.second->loading == ActiveUpload::Loading::done && entry.second->last_used + kForgetIdleAfter < now;
  });
}

}  // namespace stile::engine
