// Inventory: what really lies in a data directory, ours or not. For `stile fsck`.
//
// Blocking; the command line calls it directly. Only looks, but for move_aside_blocking, which takes a file out of the
// way without losing it: it goes to lost-and-found/ under a name that says where it was, with a note beside it.
// (Not "lost+found": where the data directory is a file system of its own, that one belongs to the kernel and to root.)
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "io/file_system.h"

namespace stile::store {

// A name below staging/ or archive/.
struct Found {
  enum class Kind {
    staging,       // a file under the id of an upload
    original,      // archive/<xx>/<id>/original where it belongs
    empty_folder,  // archive/<xx>/<id> with nothing in it
    foreign,       // anything else: we make no such names
    unreadable,    // a folder that cannot be looked into, so that nothing is known of what is in it
  };
  Kind kind = Kind::foreign;
  std::string path;            // "archive/0d/13/original"
  std::string upload_id = {};  // of staging
  std::int64_t file_id = 0;    // of original and empty_folder
  bool is_movable = true;      // its name can be a SafePath
  std::string cause = {};      // of unreadable
};

class Inventory {
 public:
  using Visit = std::function<void(const Found&)>;

  explicit Inventory(io::FileSystem& files) : files_(files) {}

  // Everything in a folder; what cannot be looked into is visited as such. Where there is no folder there is nothing: a
  // backup has no staging area.
  void visit_staging_blocking(const Visit& visit);
  void visit_archive_blocking(const Visit& visit);

  Result<std::unique_ptr<io::File>> open_original_blocking(std::int64_t file_id);
  Result<std::unique_ptr<io::File>> open_staging_blocking(const std::string& upload_id);
  Result<bool> exists_blocking(const Found& found);

  // Returns where it is now: "lost-and-found/archive-0d-13-original". `why` is a sentence for the note. The folder of a
  // file of the archive goes with the last that was in it.
  Result<std::string> move_aside_blocking(const Found& found, const std::string& why);
  Result<void> remove_empty_folder_blocking(const Found& found);

  static Found staging_file(const std::string& upload_id);
  static Found original(std::int64_t file_id);

 private:
  std::vector<std::string> names_in(const std::string& path, const Visit& visit);
  void visit_photo_folder(std::int64_t file_id, const std::string& path, const Visit& visit);
  void visit_foreign(const std::string& path, const Visit& visit);
  Result<std::string> write_note_blocking(const Found& found, const std::string& why);
  void remove_if_empty(const io::SafePath& folder);

  io::FileSystem& files_;
};

}  // namespace stile::store
