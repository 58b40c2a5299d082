#include "store/inventory.h"

#include <algorithm>
#include <optional>
#include <span>
#include <vector>

#include "base/failpoint.h"
#include "base/text.h"

namespace stile::store {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr const char* kAside = "lost-and-found";
constexpr int kMostNames = 10'000;

bool is_two_hex(std::string_view name) {
  return name.size() == 2 && name.find_first_not_of(kHexDigits) == std::string_view::npos;
}

bool is_upload_id(std::string_view name) {
  return name.size() == 32 && name.find_first_not_of(kHexDigits) == std::string_view::npos;
}

// What SafePath takes; it aborts on anything else, and here are names that others have made.
bool is_safe(std::string_view name) {
  constexpr std::string_view kSafe = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._-";
  return !name.empty() && name != "." && name != ".." && name.find_first_not_of(kSafe) == std::string_view::npos;
}

std::string folder_of(std::int64_t file_id) {
  const auto low = static_cast<std::size_t>(file_id & 0xff);
  return {kHexDigits[low >> 4], kHexDigits[low & 15]};
}

// Of paths whose parts are safe.
io::SafePath safe_path(std::string_view path) {
  io::SafePath safe;
  for (const std::string_view part : split(path, '/')) safe = safe / part;
  return safe;
}

std::optional<std::int64_t> file_id_of(std::string_view name, std::string_view folder) {
  const auto id = parse_i64(name);
  if (!id || *id <= 0 || std::to_string(*id) != name || folder_of(*id) != folder) return std::nullopt;
  return id;
}

}  // namespace

Found Inventory::staging_file(const std::string& upload_id) {
  return {.kind = Found::Kind::staging,
          .path = "staging/" + upload_id.substr(0, 2) + "/" + upload_id,
          .upload_id = upload_id};
}

Found Inventory::original(std::int64_t file_id) {
  return {.kind = Found::Kind::original,
          .path = "archive/" + folder_of(file_id) + "/" + std::to_string(file_id) + "/original",
          .file_id = file_id};
}

void Inventory::visit_foreign(const std::string& path, const std::function<void(const Found&)>& visit) {
  const auto parts = split(path, '/');
  visit({.kind = Found::Kind::foreign, .path = path, .is_movable = std::ranges::all_of(parts, is_safe)});
}

Result<void> Inventory::visit_staging_blocking(const std::function<void(const Found&)>& visit) {
  const auto folders = files_.list_blocking(io::SafePath("staging"));
  if (!folders) return fail(folders.error());
  for (const std::string& folder : *folders) {
    const std::string path = "staging/" + folder;
    if (!is_two_hex(folder)) {
      visit_foreign(path, visit);
      continue;
    }
    const auto names = files_.list_blocking(safe_path(path));
    if (!names) return fail(names.error());
    for (const std::string& name : *names) {
      if (is_upload_id(name) && name.starts_with(folder))
        visit(staging_file(name));
      else
        visit_foreign(path + "/" + name, visit);
    }
  }
  return {};
}

Result<void> Inventory::visit_archive_blocking(const std::function<void(const Found&)>& visit) {
  const auto folders = files_.list_blocking(io::SafePath("archive"));
  if (!folders) return fail(folders.error());
  for (const std::string& folder : *folders) {
    const std::string path = "archive/" + folder;
    if (!is_two_hex(folder)) {
      visit_foreign(path, visit);
      continue;
    }
    const auto ids = files_.list_blocking(safe_path(path));
    if (!ids) return fail(ids.error());
    for (const std::string& name : *ids) {
      const auto id = file_id_of(name, folder);
      Result<std::vector<std::string>> inside = fail(Errc::not_found);
      if (id) inside = files_.list_blocking(safe_path(path + "/" + name));
      if (!inside) {  // no number of ours, or a file where a folder should be; or it has just gone
        visit_foreign(path + "/" + name, visit);
        continue;
      }
      if (inside->empty()) visit({.kind = Found::Kind::empty_folder, .path = path + "/" + name, .file_id = *id});
      for (const std::string& file : *inside) {
        if (file == "original")
          visit(original(*id));
        else
          visit_foreign(path + "/" + name + "/" + file, visit);
      }
    }
  }
  return {};
}

Result<std::unique_ptr<io::File>> Inventory::open_original_blocking(std::int64_t file_id) {
  return files_.open_blocking(safe_path(original(file_id).path), io::OpenMode::read_only);
}

Result<std::unique_ptr<io::File>> Inventory::open_staging_blocking(const std::string& upload_id) {
  if (!is_upload_id(upload_id)) return fail(Errc::not_found, {}, "no upload id");  // a damaged row
  return files_.open_blocking(safe_path(staging_file(upload_id).path), io::OpenMode::read_only);
}

Result<bool> Inventory::exists_blocking(const Found& found) {
  if (!found.is_movable) return true;
  if (found.kind != Found::Kind::empty_folder) return files_.exists_blocking(safe_path(found.path));
  const auto inside = files_.list_blocking(safe_path(found.path));
  if (!inside && inside.error().code != Errc::not_found) return fail(inside.error());
  return inside && inside->empty();
}

Result<std::string> Inventory::move_aside_blocking(const Found& found, const std::string& why) {
  if (!found.is_movable)
    return fail(Errc::invalid_input, "Its name has characters that Stile does not use; move it by hand");
  std::string plain = found.path;
  std::ranges::replace(plain, '/', '-');
  const io::SafePath aside(kAside);
  STILE_TRY(files_.make_directory_blocking(aside));
  std::string name = plain;
  for (int i = 2; i < kMostNames; ++i) {
    const auto taken = files_.exists_blocking(aside / name);
    if (!taken) return fail(taken.error());
    if (!*taken) break;
    name = plain + "." + std::to_string(i);
  }
  const io::SafePath from = safe_path(found.path);
  STILE_TRY(files_.rename_blocking(from, aside / name));
  failpoint("repair.moved");
  // Survives: power loss right after the repair. The new name is on disk before the old one may go.
  STILE_TRY(files_.sync_directory_blocking(aside));
  STILE_TRY(files_.sync_directory_blocking(from.parent()));
  STILE_TRY(files_.sync_directory_blocking(io::SafePath()));
  const std::string text = "This was " + found.path + ".\n" + why +
                           "\nTo put it back, with the server stopped:\n  mv " + std::string(kAside) + "/" + name +
                           " " + found.path + "\n";
  auto note = files_.open_blocking(aside / (name + ".note"), io::OpenMode::create_new);
  if (!note && note.error().code != Errc::already_exists) return fail(note.error());
  if (note) {
    STILE_TRY((*note)->write_at_blocking(0, std::as_bytes(std::span(text))));
    STILE_TRY((*note)->sync_data_blocking());
    STILE_TRY(files_.sync_directory_blocking(aside));
  }
  failpoint("repair.note_written");
  return aside.text() + "/" + name;
}

Result<void> Inventory::remove_empty_folder_blocking(const Found& found) {
  auto removed = files_.remove_blocking(safe_path(found.path));
  if (!removed && removed.error().code == Errc::not_found) return {};
  return removed;
}

}  // namespace stile::store
