// Checkup: the files of photos and of uploads, and those of nobody.
#include <algorithm>
#include <span>
#include <utility>

#include "base/crc32.h"
#include "base/failpoint.h"
#include "engine/checkup.h"
#include "io/run.h"

namespace stile::engine {
namespace {

using catalog::Damage;
using store::Found;

constexpr std::size_t kPage = 500;
constexpr std::size_t kBlock = 1 * kMiB;
constexpr int kLooks = 3;  // at something that a running server may be changing
constexpr Seconds kRemovalsTake{600};

std::string number(std::int64_t value) { return std::to_string(value); }

// The CRC-32 of [begin, end), or of what there is of it.
Result<std::uint32_t> crc_of(const io::File& file, ByteRange range, std::uint64_t& bytes_read) {
  std::vector<std::byte> block(kBlock);
  std::uint32_t crc = 0;
  for (std::uint64_t at = range.begin; at < range.end;) {
    const std::size_t most = static_cast<std::size_t>(std::min<std::uint64_t>(kBlock, range.end - at));
    const auto got = file.read_at_blocking(at, std::span(block).first(most));
    if (!got) return fail(got.error());
    if (*got == 0) break;
    crc = crc32_update(crc, Bytes(block).first(*got));
    at += *got;
    bytes_read += *got;
  }
  return crc;
}

std::string verdict_on(Damage damage, const std::string& detail) {
  switch (damage) {
    case Damage::missing: return "is missing";
    case Damage::size: return "has another size than when it came" + detail;
    case Damage::content: return "has changed since it came: its CRC-32 is another one" + detail;
    case Damage::unreadable: break;
  }
  return "cannot be read" + detail;
}

}  // namespace

Result<void> Checkup::check_removals() {
  std::int64_t after = -1;
  for (;;) {
    const auto page = io::run_until_done(parts_.inspection.removals(after, kPage));
    if (!page) return fail(page.error());
    for (const catalog::Removal& removal : *page) {
      after = removal.file_id;
      const std::string path = store::Inventory::original(removal.file_id).path;
      if (removal.in_use) {
        Finding& finding =
            report("removal_in_use", path,
                   "The catalog wants this file removed although a photo has it; a server would remove it.",
                   "The wish is taken back; the file stays.");
        if (options_.repair) {
          finding.repaired = io::run_until_done(parts_.library.files_removed(removal.file_id)).has_value();
          failpoint("repair.removal_taken_back");
        }
        continue;
      }
      const Milliseconds stays = options_.keep_removed_files + (options_.server_running ? kRemovalsTake : Seconds{0});
      if (removal.since + stays > parts_.clock.wall_now()) continue;
      // What cannot be looked at is reported where its folder is.
      if (parts_.inventory.exists_blocking(store::Inventory::original(removal.file_id)).value_or(false))
        report("leftover", path, "The photo of this file was deleted or given another one; the file is still there.",
               "Nothing is changed: the server removes it within a minute of its next start.");
    }
    if (page->size() < kPage) return {};
  }
}

Result<void> Checkup::check_photos() {
  std::int64_t after = 0;
  std::uint64_t done = 0;
  for (;;) {
    const auto page = io::run_until_done(parts_.inspection.photo_files(after, kPage));
    if (!page) return fail(page.error());
    for (const catalog::PhotoFiles& files : *page) {
      tell(options_.deep ? "reading the files of photos" : "files of photos", done++,
           static_cast<std::uint64_t>(report_.photos));
      STILE_TRY(check_photo(files));
      after = files.photo_id;
    }
    if (page->size() < kPage) return {};
  }
}

Result<void> Checkup::check_photo(catalog::PhotoFiles files) {
  for (int look = 1;; ++look) {
    const auto file = look_at(files.file_id, files.size, options_.deep ? &files.crc32 : nullptr);
    if (!file) return fail(file.error());
    Verdict poster;
    if (files.poster_id != 0) {
      const auto looked = look_at(files.poster_id, files.poster_size, nullptr);
      if (!looked) return fail(looked.error());
      poster = *looked;
    }
    if (!file->good || !poster.good) {
      // Deleted, or given another file, since the page was read?
      const auto now_has = io::run_until_done(parts_.inspection.files_of(files.photo_id));
      if (!now_has) return fail(now_has.error());
      if (!now_has->has_value()) return {};
      if (**now_has != files && look < kLooks) {
        files = **now_has;
        continue;
      }
    }
    const std::pair<std::int64_t, const Verdict*> looked_at[] = {{files.file_id, &*file}, {files.poster_id, &poster}};
    for (const auto& [file_id, verdict] : looked_at) {
      if (file_id == 0) continue;
      ++report_.files;
      if (verdict->good) {
        // The scrub's word is older than ours.
        if (options_.deep && options_.repair) STILE_TRY(io::run_until_done(parts_.inspection.forget_damage(file_id)));
        continue;
      }
      report(verdict->damage == Damage::missing ? "missing_file" : "damaged_file",
             store::Inventory::original(file_id).path,
             (file_id == files.file_id ? "The file of photo " : "The poster of photo ") + number(files.photo_id) + " " +
                 verdict_on(verdict->damage, verdict->detail) + ".",
             "Nothing is changed: put the file of a backup in its place. The photo stays in the catalog.");
    }
    return {};
  }
}

Result<Checkup::Verdict> Checkup::look_at(std::int64_t file_id, std::uint64_t size, const std::uint32_t* crc32) {
  const auto file = parts_.inventory.open_original_blocking(file_id);
  if (!file && file.error().code == Errc::not_found) return Verdict{.good = false};
  if (!file) return Verdict{.good = false, .damage = Damage::unreadable, .detail = ": " + file.error().cause};
  const auto there = (*file)->size_blocking();
  if (!there) return Verdict{.good = false, .damage = Damage::unreadable, .detail = ": " + there.error().cause};
  if (*there != size)
    return Verdict{.good = false,
                   .damage = Damage::size,
                   .detail = ", " + std::to_string(*there) + " bytes instead of " + std::to_string(size)};
  if (!options_.deep) return Verdict{};
  const auto crc = crc_of(**file, {0, size}, report_.bytes_read);
  if (!crc) return Verdict{.good = false, .damage = Damage::unreadable, .detail = ": " + crc.error().cause};
  if (crc32 != nullptr && *crc != *crc32) return Verdict{.good = false, .damage = Damage::content};
  return Verdict{};
}

Result<void> Checkup::check_uploads() {
  tell("uploads under way", 0, 0);
  std::string after;
  for (;;) {
    const auto page = io::run_until_done(parts_.catalog.open_uploads(after, kPage));
    if (!page) return fail(page.error());
    for (const catalog::Upload& upload : *page) {
      STILE_TRY(check_upload(upload));
      after = upload.upload_id;
    }
    if (page->size() < kPage) return {};
  }
}

// What is wrong with an upload's staging file. A file that cannot be read now may be read again when its disk, its
// owner or a limit on open files has been seen to: only of bytes that are proven to be gone it is said that they are.
Result<Checkup::Trouble> Checkup::trouble_of(const catalog::Upload& upload) {
  using enum Trouble::Kind;
  const auto receipts = io::run_until_done(parts_.catalog.receipts(upload.upload_id));
  if (!receipts) return fail(receipts.error());
  auto file = parts_.inventory.open_staging_blocking(upload.upload_id);
  // A finish moves the file before it says so.
  if (!file && file.error().code == Errc::not_found) file = parts_.inventory.open_original_blocking(upload.file_id);
  if (!file && file.error().code == Errc::not_found) return Trouble{gone, "is missing"};
  if (!file) return Trouble{unreadable, "cannot be read: " + words_of(file.error())};
  ++report_.files;
  const auto size = (*file)->size_blocking();
  if (!size) return Trouble{unreadable, "cannot be read: " + words_of(size.error())};
  for (const catalog::Receipt& receipt : *receipts) {
    if (receipt.range.end > *size)
      return Trouble{gone, "ends at byte " + std::to_string(*size) + ", before bytes that were acknowledged"};
    if (!options_.deep) continue;
    const auto crc = crc_of(**file, receipt.range, report_.bytes_read);
    if (!crc) return Trouble{unreadable, "cannot be read: " + words_of(crc.error())};
    if (*crc != receipt.crc32)
      return Trouble{gone,
                     "has other bytes from " + std::to_string(receipt.range.begin) + " on than were acknowledged"};
  }
  return Trouble{};
}

Result<void> Checkup::check_upload(const catalog::Upload& upload) {
  Trouble trouble;
  for (int look = 0; look < kLooks; ++look) {
    auto looked = trouble_of(upload);
    if (!looked) return fail(std::move(looked).error());
    trouble = std::move(*looked);
    if (trouble.kind == Trouble::Kind::none) return {};
    const auto row = io::run_until_done(parts_.catalog.find_upload(upload.key));
    if (!row) return fail(row.error());
    if (!row->has_value() || (*row)->upload_id != upload.upload_id || (*row)->state != catalog::UploadState::receiving)
      return {};
    if (!options_.server_running) break;
    wait();
  }
  const std::string path = store::Inventory::staging_file(upload.upload_id).path;
  const std::string meaning = "The file of an upload that is under way " + trouble.words;
  if (trouble.kind == Trouble::Kind::unreadable) {
    report("unreadable_file", path, meaning + ".", "Nothing is changed: what was acknowledged may still be there.");
    return {};
  }
  Finding& finding = report("broken_upload", path, meaning + "; it cannot go on.",
                            "The upload is ended, so that its sender begins anew; what there is of its file is moved "
                            "to lost-and-found.");
  return options_.repair ? end_upload(upload, finding) : Result<void>{};
}

Result<void> Checkup::end_upload(const catalog::Upload& upload, Finding& finding) {
  STILE_TRY(io::run_until_done(parts_.catalog.end_upload(upload.upload_id, catalog::UploadState::aborted,
                                                         Errc::io_error, parts_.clock.wall_now())));
  failpoint("repair.upload_ended");
  const Found file = store::Inventory::staging_file(upload.upload_id);
  finding.repaired = true;
  finding.remedy = "The upload was ended.";
  if (!parts_.inventory.exists_blocking(file).value_or(true)) return {};
  const auto moved = parts_.inventory.move_aside_blocking(file, finding.meaning);
  finding.repaired = moved.has_value();
  finding.remedy = moved ? "The upload was ended, and its file moved to " + *moved + "."
                         : "The upload was ended; its file could not be moved: " + words_of(moved.error()) + ".";
  return {};
}

Result<void> Checkup::check_staging() {
  tell("the staging area", 0, 0);
  std::vector<Found> ours;
  std::vector<Found> foreign;
  parts_.inventory.visit_staging_blocking([&](const Found& found) {
    if (found.kind == Found::Kind::unreadable)
      report_unreadable(found);
    else
      (found.kind == Found::Kind::staging ? ours : foreign).push_back(found);
  });
  for (const Found& found : foreign)
    set_aside(found, "foreign_file", "Stile gives no such names; somebody else has put it there.");
  // Of a running server these are forms whose file is on its way; it removes what is left of them itself.
  if (options_.server_running) return {};
  for (std::size_t at = 0; at < ours.size(); at += kPage) {
    const std::span batch = std::span(ours).subspan(at, std::min(kPage, ours.size() - at));
    std::vector<std::string> ids;
    for (const Found& found : batch) ids.push_back(found.upload_id);
    const auto known = io::run_until_done(parts_.catalog.known_open(std::move(ids)));
    if (!known) return fail(known.error());
    for (const Found& found : batch)
      if (std::ranges::find(*known, found.upload_id) == known->end())
        set_aside(found, "unknown_staging_file",
                  "No upload under way has this file, and nothing of it was acknowledged; the next start of the server "
                  "would remove it.");
  }
  return {};
}

// Of `batch`, what nobody needs.
Result<void> Checkup::keep_unknown(std::vector<Found>& batch, std::vector<Found>& unknown) {
  std::vector<std::int64_t> ids;
  for (const Found& found : batch) ids.push_back(found.file_id);
  const auto known = io::run_until_done(parts_.inspection.files_in_use(std::move(ids)));
  if (!known) return fail(known.error());
  for (const Found& found : batch)
    if (std::ranges::find(*known, found.file_id) == known->end()) unknown.push_back(found);
  batch.clear();
  return {};
}

Result<void> Checkup::check_archive() {
  tell("the archive", 0, 0);
  std::vector<Found> unknown;
  std::vector<Found> foreign;
  std::vector<Found> batch;
  Result<void> asked;
  parts_.inventory.visit_archive_blocking([&](const Found& found) {
    if (found.kind == Found::Kind::unreadable) {
      report_unreadable(found);
    } else if (found.kind == Found::Kind::foreign) {
      foreign.push_back(found);
    } else {
      batch.push_back(found);
      if (batch.size() >= kPage && asked) asked = keep_unknown(batch, unknown);
    }
  });
  STILE_TRY(std::move(asked));
  STILE_TRY(keep_unknown(batch, unknown));
  // A file is in the archive before its photo is in the catalog, and leaves it after.
  for (int look = 1; look < kLooks && !unknown.empty() && options_.server_running; ++look) {
    wait();
    batch = std::exchange(unknown, {});
    STILE_TRY(keep_unknown(batch, unknown));
  }
  const auto still_there = [&](const Found& found) { return parts_.inventory.exists_blocking(found).value_or(true); };
  for (const Found& found : foreign)
    if (still_there(found))
      set_aside(found, "foreign_file", "Stile gives no such names; somebody else has put it there.");
  for (const Found& found : unknown) {
    if (!still_there(found)) continue;
    if (found.kind == Found::Kind::original) {
      set_aside(found, "unknown_file", "No photo has this file, no upload reserved it, and nobody wanted it removed.");
      continue;
    }
    Finding& finding = report("empty_folder", found.path, "A folder of a file that is not there; it does no harm.",
                              "It is removed, as there is nothing in it.");
    if (!options_.repair) continue;
    const auto removed = parts_.inventory.remove_empty_folder_blocking(found);
    finding.repaired = removed.has_value();
    finding.remedy = removed ? "It was removed, as there was nothing in it."
                             : "It could not be removed: " + words_of(removed.error()) + ".";
  }
  return {};
}

}  // namespace stile::engine
