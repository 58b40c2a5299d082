// Checkup: does the archive hold what the catalog says, does the catalog agree with itself, and who put this file here?
//
// For `stile fsck`. Blocking, on the calling thread. Looks while a server runs on the same data: whatever it finds is
// looked at once more before it is reported, so that uploads, replacements and deletions in motion are no faults.
// With `repair`, which needs the data for itself, it puts right what can be put right without losing anything: files
// that nobody knows are moved aside, never removed, and a photo whose file is missing or damaged stays as it is, for a
// backup to be put in its place.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "catalog/catalog.h"
#include "catalog/inspection.h"
#include "catalog/library.h"
#include "store/inventory.h"

namespace stile::engine {

struct Finding {
  std::string kind;     // a word for programs: "missing_file"
  std::string where;    // a path, or what the catalog calls it
  std::string meaning;  // a sentence
  std::string remedy;   // a sentence: what repairing does, or what somebody has to do
  bool repaired = false;
};

struct CheckOptions {
  bool deep = false;  // read every file
  bool repair = false;
  bool server_running = false;         // somebody else works on the data
  Milliseconds keep_removed_files{0};  // FileRemover's
};

struct CheckProgress {
  std::string_view stage;  // "files of photos"
  std::uint64_t done = 0;
  std::uint64_t total = 0;  // 0: not known
};

struct CheckParts {
  catalog::Catalog& catalog;
  catalog::Inspection& inspection;
  catalog::Library& library;
  store::Inventory& inventory;
  const Clock& clock;
  std::function<void(const CheckProgress&)> progress = {};  // may be empty
  std::function<void(Milliseconds)> wait = {};              // before looking again while a server runs; may be empty
};

struct CheckReport {
  static constexpr std::size_t kMostFindings = 10'000;

  std::vector<Finding> findings;  // the first kMostFindings
  std::uint64_t left_out = 0;     // and so many more
  std::int64_t photos = 0;
  std::uint64_t files = 0;       // looked at
  std::uint64_t bytes_read = 0;  // with `deep`

  std::uint64_t open() const;  // findings that are not repaired
};

class Checkup {
 public:
  Checkup(CheckParts parts, CheckOptions options) : parts_(std::move(parts)), options_(options) {}

  // Fails when it could not look: what was found until then says nothing of the rest.
  Result<CheckReport> run_blocking();

 private:
  struct Verdict {
    bool good = true;
    catalog::Damage damage = catalog::Damage::missing;
    std::string detail = {};  // ", 12 bytes instead of 40"
  };

  // Of the file of an upload under way.
  struct Trouble {
    enum class Kind { none, gone, unreadable };
    Kind kind = Kind::none;
    std::string words = {};  // "is missing"
  };

  Result<void> check_database();
  Result<void> check_stray_troubles();
  Result<void> check_removals();
  Result<void> check_photos();
  Result<void> check_photo(catalog::PhotoFiles files);
  Result<Verdict> look_at(std::int64_t file_id, std::uint64_t size, const std::uint32_t* crc32);
  Result<void> check_uploads();
  Result<void> check_upload(const catalog::Upload& upload);
  Result<Trouble> trouble_of(const catalog::Upload& upload);
  Result<void> end_upload(const catalog::Upload& upload, Finding& finding);
  Result<void> check_staging();
  void report_unreadable(const store::Found& found);
  Result<void> check_archive();
  Result<void> keep_unknown(std::vector<store::Found>& batch, std::vector<store::Found>& unknown);
  Result<void> check_links();
  Result<void> report_noted_damage();

  Finding& report(std::string kind, std::string where, std::string meaning, std::string remedy);
  void set_aside(const store::Found& found, std::string kind, const std::string& meaning);
  static std::string words_of(const Error& error);
  void tell(std::string_view stage, std::uint64_t done, std::uint64_t total) const;
  void wait() const;

  CheckParts parts_;
  const CheckOptions options_;
  CheckReport report_;
  Finding scratch_;  // takes what is left out
};

}  // namespace stile::engine
