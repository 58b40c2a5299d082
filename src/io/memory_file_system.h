// MemoryFileSystem: a FileSystem in memory that remembers what was synced and what was not, and can lose the latter.
//
// Two states side by side: what a reader sees, and what would still be there after a power cut. sync_data makes the
// content and size of a file durable, sync_directory the names in a directory. As a journal does, it keeps changes of
// directories whole and in the order of their dependence: a renamed file is never without a name, and in no directory
// that is not there; but until the old directory is synced too, its old name may come back beside the new one. After
// crash() the files opened before it are dead: everything asked of them fails. Threads: any.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "io/file_system.h"

namespace stile::io {

class MemoryFileSystem final : public FileSystem {
 public:
  static constexpr std::uint64_t kDefaultCapacity = 1ull << 40;
  static constexpr std::size_t kSectorBytes = 512;  // a write tears at multiples of this

  explicit MemoryFileSystem(std::uint64_t capacity = kDefaultCapacity);
  ~MemoryFileSystem() override;

  // Power loss. What was synced stays.
  enum class Survivors {
    synced_only,    // the disk had written nothing by itself
    some_unsynced,  // and of everything else a seeded choice, writes torn at sectors
    everything,     // the process was killed, the kernel lived on
  };
  void crash(Survivors survivors, std::uint64_t seed = 0);

  // All files there are, by path.
  std::vector<std::string> all_files() const;

  Result<std::unique_ptr<File>> open_blocking(const SafePath& path, OpenMode mode) override;
  Result<void> make_directory_blocking(const SafePath& path) override;
  Result<void> rename_blocking(const SafePath& from, const SafePath& to) override;
  Result<void> remove_blocking(const SafePath& path) override;
  Result<void> sync_directory_blocking(const SafePath& path) override;
  Result<bool> exists_blocking(const SafePath& path) override;
  Result<std::vector<std::string>> list_blocking(const SafePath& path) override;
  Result<std::uint64_t> free_bytes_blocking() override;

 private:
  struct Node;
  class OpenFile;
  using NodePtr = std::shared_ptr<Node>;

  // A change of one directory: `name` leads to `node` now, or nowhere when there is none.
  struct Entry {
    NodePtr directory;
    std::string name;
    NodePtr node;
    bool settled = false;  // durable already
  };
  // What became true at once and is not durable yet. Of a rename, the new name comes first.
  using Change = std::vector<Entry>;

  NodePtr find_locked(const SafePath& path) const;
  Result<NodePtr> directory_locked(const SafePath& path) const;
  void change_locked(Change change);
  void settle_locked(Entry& entry);
  void settle_name_of_locked(const NodePtr& directory);
  bool is_durable_locked(const NodePtr& directory) const;
  std::uint64_t used_locked() const;

  mutable std::mutex mutex_;
  const std::uint64_t capacity_;
  NodePtr root_;
  std::vector<Change> unsynced_;
  std::uint64_t power_cycles_ = 0;
};

}  // namespace stile::io
