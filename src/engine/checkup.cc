#include "engine/checkup.h"

#include <algorithm>

#include "base/failpoint.h"
#include "io/run.h"

namespace stile::engine {
namespace {

constexpr std::size_t kMostSentences = 20;
constexpr std::size_t kPage = 500;

constexpr const char* kNoRepair =
    "Nothing is changed: the server must not run on a damaged catalog; restore the last backup of stile.db.";
constexpr const char* kRelink = "The tables by which photos are found are made anew from the photos.";

}  // namespace

std::uint64_t CheckReport::open() const {
  return left_out + static_cast<std::uint64_t>(std::ranges::count(findings, false, &Finding::repaired));
}

Result<CheckReport> Checkup::run_blocking() {
  const auto size = io::run_until_done(parts_.inspection.archive_size());
  if (!size) return fail(size.error());
  report_.photos = size->photos;
  // Contradictions about removals come first: what they say is used by the others, and by the server.
  STILE_TRY(check_database());
  STILE_TRY(check_stray_troubles());
  STILE_TRY(check_removals());
  STILE_TRY(check_photos());
  STILE_TRY(check_uploads());
  STILE_TRY(check_staging());
  STILE_TRY(check_archive());
  STILE_TRY(check_links());
  if (!options_.deep) STILE_TRY(report_noted_damage());
  return std::move(report_);
}

std::string Checkup::words_of(const Error& error) { return error.message.empty() ? error.cause : error.message; }

Finding& Checkup::report(std::string kind, std::string where, std::string meaning, std::string remedy) {
  Finding finding{std::move(kind), std::move(where), std::move(meaning), std::move(remedy)};
  if (report_.findings.size() >= CheckReport::kMostFindings) {
    ++report_.left_out;
    scratch_ = std::move(finding);
    return scratch_;
  }
  report_.findings.push_back(std::move(finding));
  return report_.findings.back();
}

void Checkup::set_aside(const store::Found& found, std::string kind, const std::string& meaning) {
  Finding& finding =
      report(std::move(kind), found.path, meaning, "It is moved to lost-and-found, with a note; nothing is removed.");
  if (!options_.repair) return;
  const auto moved = parts_.inventory.move_aside_blocking(found, meaning);
  finding.repaired = moved.has_value();
  finding.remedy =
      moved ? "It was moved to " + *moved + "." : "It could not be moved: " + words_of(moved.error()) + ".";
}

void Checkup::report_unreadable(const store::Found& found) {
  report("unreadable_folder", found.path, "Nothing is known of the files in this folder: " + found.cause + ".",
         "Nothing is changed: it has to be a folder that Stile's user may read.");
}

void Checkup::tell(std::string_view stage, std::uint64_t done, std::uint64_t total) const {
  if (parts_.progress) parts_.progress({stage, done, total});
}

void Checkup::wait() const {
  if (options_.server_running && parts_.wait) parts_.wait(Milliseconds{1'000});
}

Result<void> Checkup::check_database() {
  tell("the catalog's pages", 0, 0);
  const auto wrong = io::run_until_done(parts_.inspection.check_database(kMostSentences));
  if (!wrong) return fail(wrong.error());
  for (const std::string& sentence : *wrong)
    report("damaged_catalog", "stile.db", "The database says of itself: " + sentence + ".", kNoRepair);
  return {};
}

Result<void> Checkup::check_stray_troubles() {
  const auto rows = io::run_until_done(parts_.inspection.stray_troubles());
  if (!rows) return fail(rows.error());
  if (*rows == 0) return {};
  Finding& finding =
      report("stray_rows", "upload_troubles",
             std::to_string(*rows) +
                 " rows say how uploads fared that are not in the catalog any more; somebody has deleted "
                 "these without `PRAGMA foreign_keys = ON`, and nothing depends on the rows.",
             "The rows are deleted.");
  if (options_.repair) finding.repaired = io::run_until_done(parts_.inspection.forget_stray_troubles()).has_value();
  return {};
}

Result<void> Checkup::check_links() {
  std::size_t wrong = 0;
  std::size_t first = report_.findings.size();
  std::int64_t after = 0;
  std::uint64_t done = 0;
  for (;;) {
    tell("tables of photos", done, static_cast<std::uint64_t>(report_.photos));
    const auto page = io::run_until_done(parts_.inspection.check_links(after, kPage));
    if (!page) return fail(page.error());
    for (const catalog::LinkFault& fault : page->faults) {
      ++wrong;
      report("stale_link", fault.table + " of photo " + std::to_string(fault.photo_id),
             "Lists and searches do not show photo " + std::to_string(fault.photo_id) + " as it is.", kRelink);
    }
    done += page->photos;
    after = page->last_id;
    if (page->photos < kPage) break;
  }
  tell("totals", 0, 0);
  const auto totals = io::run_until_done(parts_.inspection.check_totals());
  if (!totals) return fail(totals.error());
  bool relink = wrong > 0;
  for (const std::string& name : *totals) {
    const bool of_tokens = name.find(" tokens of user ") != std::string::npos;
    if (!of_tokens) relink = true;
    report(
        "wrong_total", name, "The catalog counts something else under \"" + name + "\" than there is.",
        of_tokens ? "Nothing is changed: lists of tokens say a wrong total, and nothing else depends on it." : kRelink);
  }
  if (!options_.repair || !relink) return {};
  // Done by whoever opens the catalog next, in one transaction.
  STILE_TRY(io::run_until_done(parts_.catalog.set_fact("photos to relink", "1")));
  failpoint("repair.relink_wanted");
  for (std::size_t i = first; i < report_.findings.size(); ++i) {
    Finding& finding = report_.findings[i];
    if (finding.remedy == kRelink) finding.repaired = true;
  }
  return {};
}

Result<void> Checkup::report_noted_damage() {
  const auto files = io::run_until_done(parts_.inspection.damaged_files(CheckReport::kMostFindings));
  if (!files) return fail(files.error());
  for (const catalog::DamagedFile& file : *files) {
    const std::string path = store::Inventory::original(file.file_id).path;
    // What this check has seen itself is told already.
    if (std::ranges::find(report_.findings, path, &Finding::where) != report_.findings.end()) continue;
    if (file.damage != catalog::Damage::content && file.damage != catalog::Damage::unreadable) continue;  // it is back
    report("damaged_file", path,
           "The server, reading the archive again, found the file of photo " + std::to_string(file.photo_id) +
               (file.damage == catalog::Damage::content ? " changed." : " unreadable."),
           "Nothing is changed: put the file of a backup in its place; `stile fsck --deep` looks again.");
  }
  return {};
}

}  // namespace stile::engine
