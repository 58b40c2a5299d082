// FaultyFileSystem: passes everything on to another FileSystem, except for the calls that shall fail (io/faults.h).
//
// A failing call has no effect, but for two. Of a write the first half arrives, as on a real disk. After a sync what it
// should have made durable never will be, as in a real kernel (LosesUnsynced); with a plan that lasts the power is gone,
// and what reaches the disk is the business of crash(). Names of calls: "open",
// "mkdir", "rename", "remove", "sync_directory", "exists", "list", "free"; of a file: "write", "read", "reserve",
// "resize", "copy", "sync", "size". Ownership: what is wrapped and the plan outlive it and its files. Threads: any.
#pragma once

#include "io/faults.h"
#include "io/file_system.h"

namespace stile::io {

class FaultyFileSystem final : public FileSystem {
 public:
  FaultyFileSystem(FileSystem& inner, Faults& faults) : inner_(inner), faults_(faults) {}

  Result<std::unique_ptr<File>> open_blocking(const SafePath& path, OpenMode mode) override;
  Result<void> make_directory_blocking(const SafePath& path) override;
  Result<void> rename_blocking(const SafePath& from, const SafePath& to) override;
  Result<void> remove_blocking(const SafePath& path) override;
  Result<void> sync_directory_blocking(const SafePath& path) override;
  Result<bool> exists_blocking(const SafePath& path) override;
  Result<std::vector<std::string>> list_blocking(const SafePath& path) override;
  Result<std::uint64_t> free_bytes_blocking() override;

 private:
  FileSystem& inner_;
  Faults& faults_;
};

}  // namespace stile::io
