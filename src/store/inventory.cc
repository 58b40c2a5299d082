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
constexpr std::size_t kLongestName = 200;  // of 255 that a name may have: a number and ".note" come behind it

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

bool says(const io::File& file, std::string_view text) {
  std::string there(text.size() + 1, '\0');
  const auto got = file.read_at_blocking(0, std::as_writable_bytes(std::span(there)));
  return got && std::string_view(there).substr(0, *got) == text;
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

void Inventory::visit_foreign(const std::string& path, const Visit& visit) {
  const auto parts = split(path, '/');
  visit({.kind = Found::Kind::foreign, .path = path, .is_movable = std::ranges::all_of(parts, is_safe)});
}

// The names in a folder of ours. None where there is no folder, or something else in its place, which is visited.
std::vector<std::string> Inventory::names_in(const std::string& path, const Visit& visit) {
  auto names = files_.list_blocking(safe_path(path));
  if (names) return std::move(*names);
  if (names.error().code == Errc::not_found) return {};  // or not any more
  if (files_.open_blocking(safe_path(path), io::OpenMode::read_only))
    visit_foreign(path, visit);  // a file
  else
    visit({.kind = Found::Kind::unreadable, .path = path, .cause = names.error().cause});
  return {};
}

void Inventory::visit_staging_blocking(const Visit& visit) {
  for (const std::string& folder : names_in("staging", visit)) {
    const std::string path = "staging/" + folder;
    if (!is_two_hex(folder)) {
      visit_foreign(path, visit);
      continue;
    }
    for (const std::string& name : names_in(path, visit)) {
      if (is_upload_id(name) && name.starts_with(folder))
        visit(staging_file(name));
      else
        visit_foreign(path + "/" + name, visit);
    }
  }
}

void Inventory::visit_archive_blocking(const Visit& visit) {
  for (const std::string& folder : names_in("archive", visit)) {
    const std::string path = "archive/" + folder;
    if (!is_two_hex(folder)) {
      visit_foreign(path, visit);
      continue;
    }
    for (const std::string& name : names_in(path, visit)) {
      const auto id = file_id_of(name, folder);
      if (id)
        visit_photo_folder(*id, path + "/" + name, visit);
      else
        visit_foreign(path + "/" + name, visit);
    }
  }
}

void Inventory::visit_photo_folder(std::int64_t file_id, const std::string& path, const Visit& visit) {
  bool is_whole = true;
  const auto names = names_in(path, [&](const Found& found) {
    is_whole = false;
    visit(found);
  });
  if (is_whole && names.empty()) visit({.kind = Found::Kind::empty_folder, .path = path, .file_id = file_id});
  for (const std::string& name : names) {
    if (name == "original")
      visit(original(file_id));
    else
      visit_foreign(path + "/" + name, visit);
  }
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

// The note comes first, so that whatever lies in lost-and-found has one. Returns the name that it leaves to its file.
Result<std::string> Inventory::write_note_blocking(const Found& found, const std::string& why) {
  const io::SafePath aside(kAside);
  std::string plain = found.path.substr(0, kLongestName);
  std::ranges::replace(plain, '/', '-');
  for (int i = 1; i < kMostNames; ++i) {
    std::string name = i == 1 ? plain : plain + "." + std::to_string(i);
    const auto taken = files_.exists_blocking(aside / name);
    if (!taken) return fail(taken.error());
    if (*taken) continue;
    const std::string text = "This was " + found.path + ".\n" + why +
                             "\nTo put it back, with the server stopped:\n  mv " + aside.text() + "/" + name + " " +
                             found.path + "\n";
    const io::SafePath path = aside / (name + ".note");
    auto note = files_.open_blocking(path, io::OpenMode::create_new);
    if (!note && note.error().code == Errc::already_exists) {
      // Of a try that was cut short before the file came; or something else, which is not ours to write over.
      const auto old = files_.open_blocking(path, io::OpenMode::read_only);
      if (old && says(**old, text)) return name;
      continue;
    }
    if (!note) return fail(note.error());
    STILE_TRY((*note)->write_at_blocking(0, std::as_bytes(std::span(text))));
    STILE_TRY((*note)->sync_data_blocking());
    return name;
  }
  return fail(Errc::already_exists, "There are too many files of its name in lost-and-found");
}

Result<std::string> Inventory::move_aside_blocking(const Found& found, const std::string& why) {
  if (!found.is_movable)
    return fail(Errc::invalid_input, "Its name has characters that Stile does not use; move it by hand");
  const io::SafePath aside(kAside);
  STILE_TRY(files_.make_directory_blocking(aside));
  // A link would take files out of the data directory; only a directory can be synced.
  if (auto synced = files_.sync_directory_blocking(aside); !synced)
    return fail(synced.error().code, "lost-and-found has to be a directory, not a link", synced.error().cause);
  STILE_TRY(files_.sync_directory_blocking(io::SafePath()));
  auto name = write_note_blocking(found, why);
  if (!name) return name;
  STILE_TRY(files_.sync_directory_blocking(aside));
  failpoint("repair.note_written");
  const io::SafePath from = safe_path(found.path);
  STILE_TRY(files_.rename_blocking(from, aside / *name));
  failpoint("repair.moved");
  // Survives: power loss right after the repair. The new name is on disk before the old one may go.
  STILE_TRY(files_.sync_directory_blocking(aside));
  STILE_TRY(files_.sync_directory_blocking(from.parent()));
  remove_if_empty(from.parent());
  return aside.text() + "/" + *name;
}

// Of the archive, archive/<xx>/<id>. What fails is found as an empty folder the next time.
void Inventory::remove_if_empty(const io::SafePath& folder) {
  const auto parts = split(folder.text(), '/');
  if (parts.size() == 3 && parts[0] == "archive" && file_id_of(parts[2], parts[1]))
    (void)files_.remove_blocking(folder);  // which fails while there is something in it
}

Result<void> Inventory::remove_empty_folder_blocking(const Found& found) {
  auto removed = files_.remove_blocking(safe_path(found.path));
  if (!removed && removed.error().code == Errc::not_found) return {};
  return removed;
}

}  // namespace stile::store
