#include "store/disk_store.h"

#include <algorithm>
#include <array>

#include "base/failpoint.h"
#include "base/text.h"
#include "store/inventory.h"

namespace stile::store {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr int kFanOut = 256;
// A folder with a higher number is not ours: nobody has had so many photos.
constexpr std::int64_t kHighestId = 1'000'000'000'000'000;

std::string two_hex(unsigned value) { return {kHexDigits[(value >> 4) & 15], kHexDigits[value & 15]}; }

io::SafePath staging_root() { return io::SafePath("staging"); }
io::SafePath archive_root() { return io::SafePath("archive"); }

io::SafePath staging_path(std::string_view upload_id) {
  return staging_root() / upload_id.substr(0, 2) / upload_id;
}
io::SafePath photo_directory(std::int64_t photo_id) {
  return archive_root() / two_hex(static_cast<unsigned>(photo_id & 0xff)) / std::to_string(photo_id);
}
io::SafePath original_path(std::int64_t photo_id) { return photo_directory(photo_id) / "original"; }

// What somebody else has left in our folders is not ours to name, let alone to remove.
bool is_upload_id(std::string_view name) {
  return name.size() == 32 && name.find_first_not_of(kHexDigits) == std::string_view::npos;
}

}  // namespace

Result<void> DiskStore::sync_directory_blocking(const io::SafePath& path) {
  if (settings_.durability == Durability::none) return {};
  return files_.sync_directory_blocking(path);
}

Result<void> DiskStore::prepare_blocking() {
  for (const io::SafePath& root : {staging_root(), archive_root()}) {
    STILE_TRY(files_.make_directory_blocking(root));
    for (unsigned i = 0; i < kFanOut; ++i) STILE_TRY(files_.make_directory_blocking(root / two_hex(i)));
    failpoint("start.folders_made");
    // Survives: power loss right after the first start. Without the fan-out's names nothing below them would be found.
    STILE_TRY(sync_directory_blocking(root));
  }
  return sync_directory_blocking(io::SafePath());
}

Result<void> DiskStore::check_space_blocking(std::uint64_t needed) {
  auto free = files_.free_bytes_blocking();
  if (!free) return fail(free.error());
  if (*free < needed || *free - needed < settings_.low_water_bytes)
    return fail(Errc::disk_full, {}, std::to_string(*free) + " bytes are free, " + std::to_string(needed) + " are needed");
  return {};
}

Result<std::unique_ptr<io::File>> DiskStore::create_staging_blocking(std::string_view upload_id, std::uint64_t size) {
  STILE_TRY(check_space_blocking(size));
  const io::SafePath path = staging_path(upload_id);
  auto file = files_.open_blocking(path, io::OpenMode::create_new);
  if (!file) return file;
  failpoint("staging.created");
  auto ready = (*file)->reserve_blocking(size);
  failpoint("staging.reserved");
  // Survives: power loss after the first receipt. A durable receipt must never point at a name that is gone.
  if (ready) ready = sync_directory_blocking(path.parent());
  if (!ready) {
    (void)files_.remove_blocking(path);
    return fail(ready.error());
  }
  return file;
}

Result<std::unique_ptr<io::File>> DiskStore::create_spool_blocking(std::string_view upload_id,
                                                                  std::uint64_t expected_bytes) {
  STILE_TRY(check_space_blocking(expected_bytes));
  return files_.open_blocking(staging_path(upload_id), io::OpenMode::create_new);
}

Result<std::unique_ptr<io::File>> DiskStore::open_staging_blocking(std::string_view upload_id) {
  return files_.open_blocking(staging_path(upload_id), io::OpenMode::read_write);
}

Result<void> DiskStore::remove_staging_blocking(std::string_view upload_id) {
  auto removed = files_.remove_blocking(staging_path(upload_id));
  if (!removed && removed.error().code == Errc::not_found) return {};
  return removed;
}

Result<void> DiskStore::visit_staging_blocking(const std::function<void(std::string_view)>& visit) {
  for (unsigned i = 0; i < kFanOut; ++i) {
    auto names = files_.list_blocking(staging_root() / two_hex(i));
    if (!names) return fail(names.error());
    for (const std::string& name : *names)
      if (is_upload_id(name) && name.starts_with(two_hex(i))) visit(name);
  }
  return {};
}

Result<void> DiskStore::publish_blocking(std::string_view upload_id, std::int64_t photo_id) {
  const io::SafePath directory = photo_directory(photo_id);
  STILE_TRY(files_.make_directory_blocking(directory));
  failpoint("publish.folder_made");
  auto moved = files_.rename_blocking(staging_path(upload_id), directory / "original");
  if (!moved) {
    if (moved.error().code != Errc::not_found) return moved;
    // The move may have happened before a crash; then only the syncs below are left to repeat.
    auto there = files_.exists_blocking(directory / "original");
    if (!there) return fail(there.error());
    if (!*there) {
      (void)files_.remove_blocking(directory);
      return moved;
    }
  }
  failpoint("publish.renamed");
  // Survives: power loss after the catalog says "done". The original's name and its directory's name must be on disk
  // before that. The directory's name comes first, so that at no moment the file is durable in a place that is not. The
  // old name in staging/ needs no sync: should it come back, the sweep removes it.
  STILE_TRY(sync_directory_blocking(directory.parent()));
  failpoint("publish.parent_synced");
  return sync_directory_blocking(directory);
}

Result<std::unique_ptr<io::File>> DiskStore::open_original_blocking(std::int64_t photo_id) {
  return files_.open_blocking(original_path(photo_id), io::OpenMode::read_only);
}

Result<bool> DiskStore::has_original_blocking(std::int64_t photo_id) {
  return files_.exists_blocking(original_path(photo_id));
}

Result<void> DiskStore::remove_photo_blocking(std::int64_t photo_id) {
  for (const io::SafePath& path : {original_path(photo_id), photo_directory(photo_id)}) {
    auto removed = files_.remove_blocking(path);
    if (!removed && removed.error().code != Errc::not_found) return removed;
    if (removed && path == original_path(photo_id)) failpoint("photo.original_removed");
  }
  return {};
}

Result<std::string> DiskStore::set_aside_photo_blocking(std::int64_t photo_id, const std::string& why) {
  auto there = has_original_blocking(photo_id);
  if (!there) return fail(there.error());
  if (!*there) return std::string();
  auto moved = Inventory(files_).move_aside_blocking(Inventory::original(photo_id), why);
  if (!moved) return moved;
  STILE_TRY(remove_photo_blocking(photo_id));  // the folder that is empty now
  return moved;
}

Result<std::int64_t> DiskStore::highest_photo_id_blocking() {
  std::int64_t highest = 0;
  for (unsigned i = 0; i < kFanOut; ++i) {
    auto names = files_.list_blocking(archive_root() / two_hex(i));
    if (!names) return fail(names.error());
    for (const std::string& name : *names) {
      const auto id = parse_i64(name);
      if (id && *id <= kHighestId && (*id & 0xff) == i) highest = std::max(highest, *id);
    }
  }
  return highest;
}

}  // namespace stile::store
