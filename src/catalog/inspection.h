// Inspection: the catalog as somebody sees it who checks it, against the files and against itself. For `stile fsck` and
// the scrub.
//
// Beside Catalog. Threads and errors: as Catalog's. Reading only, but for what is said of damaged files. Everything
// that may be long comes in pages, each true at one moment; between two of them the server goes on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "catalog/records.h"
#include "io/task.h"

namespace stile::catalog {

// Which files a photo has, and what they should be like.
struct PhotoFiles {
  std::int64_t photo_id = 0;
  std::int64_t file_id = 0;
  std::uint64_t size = 0;
  std::uint32_t crc32 = 0;
  std::int64_t poster_id = 0;  // 0: none. Nothing is known of a poster's bytes but how many there are
  std::uint64_t poster_size = 0;
  bool operator==(const PhotoFiles&) const = default;
};

struct ArchiveSize {
  std::int64_t photos = 0;
  std::uint64_t bytes = 0;
};

// A file that no photo has any more and that may still be there.
struct Removal {
  std::int64_t file_id = 0;
  WallTime since;
  bool in_use = false;  // a photo has it after all, which must not be
};

// What is wrong with a file of a photo.
enum class Damage { missing, size, content, unreadable };
std::string_view to_text(Damage damage);
Damage damage_from(std::string_view text);

struct DamagedFile {
  std::int64_t file_id = 0;
  std::int64_t photo_id = 0;
  Damage damage = Damage::missing;
  WallTime found_at;  // first
};

// A photo of which a table by which photos are found (photo_links.h) says something else than the photo.
struct LinkFault {
  std::int64_t photo_id = 0;
  std::string table;
};
struct LinkPage {
  std::vector<LinkFault> faults;
  std::size_t photos = 0;  // looked at; fewer than asked for: these were the last
  std::int64_t last_id = 0;
};

class Inspection {
 public:
  virtual ~Inspection() = default;

  virtual io::Task<Result<ArchiveSize>> archive_size() = 0;
  // Ascending by photo_id.
  virtual io::Task<Result<std::vector<PhotoFiles>>> photo_files(std::int64_t after_photo, std::size_t limit) = 0;
  virtual io::Task<Result<std::optional<PhotoFiles>>> files_of(std::int64_t photo_id) = 0;
  // Those of them that somebody needs: a photo, an upload under way that has reserved it, or a removal.
  virtual io::Task<Result<std::vector<std::int64_t>>> files_in_use(std::vector<std::int64_t> file_ids) = 0;
  virtual io::Task<Result<std::vector<Removal>>> removals(std::int64_t after_file, std::size_t limit) = 0;

  // The database's own opinion of its pages and references; empty when all is well. At most `limit` sentences.
  virtual io::Task<Result<std::vector<std::string>>> check_database(std::size_t limit) = 0;
  // Rows on how uploads fared (insight.h) that are not there; check_database leaves them out, as nothing depends on
  // them.
  virtual io::Task<Result<std::int64_t>> stray_troubles() = 0;
  virtual io::Task<Result<void>> forget_stray_troubles() = 0;
  virtual io::Task<Result<LinkPage>> check_links(std::int64_t after_photo, std::size_t limit) = 0;
  // Counts that do not say how many there are, and rows about photos that are not there: a name each.
  virtual io::Task<Result<std::vector<std::string>>> check_totals() = 0;

  // What the scrub has found. A file that is damaged already keeps the time when it was found.
  virtual io::Task<Result<void>> note_damage(DamagedFile file) = 0;
  virtual io::Task<Result<void>> forget_damage(std::int64_t file_id) = 0;  // fine when there is none
  // Ascending by file_id; those that no photo has any more are left out.
  virtual io::Task<Result<std::vector<DamagedFile>>> damaged_files(std::size_t limit) = 0;
};

}  // namespace stile::catalog
