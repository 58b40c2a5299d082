#include "io/faulty_file_system.h"

namespace stile::io {
namespace {

class FaultyFile final : public File {
 public:
  FaultyFile(std::unique_ptr<File> inner, Faults& faults) : inner_(std::move(inner)), faults_(faults) {}

  Result<void> write_at_blocking(std::uint64_t offset, Bytes bytes) override {
    if (auto allowed = faults_.next("write"); !allowed) {
      (void)inner_->write_at_blocking(offset, bytes.first(bytes.size() / 2));
      return allowed;
    }
    return inner_->write_at_blocking(offset, bytes);
  }
  Result<std::size_t> read_at_blocking(std::uint64_t offset, MutableBytes into) const override {
    STILE_TRY(faults_.next("read"));
    return inner_->read_at_blocking(offset, into);
  }
  Result<void> reserve_blocking(std::uint64_t size) override {
    STILE_TRY(faults_.next("reserve"));
    return inner_->reserve_blocking(size);
  }
  Result<void> resize_blocking(std::uint64_t size) override {
    STILE_TRY(faults_.next("resize"));
    return inner_->resize_blocking(size);
  }
  Result<void> copy_from_blocking(const File& from, std::uint64_t from_offset, std::uint64_t to_offset,
                                  std::uint64_t length) override {
    STILE_TRY(faults_.next("copy"));
    const auto* faulty = dynamic_cast<const FaultyFile*>(&from);
    return inner_->copy_from_blocking(faulty != nullptr ? *faulty->inner_ : from, from_offset, to_offset, length);
  }
  Result<void> sync_data_blocking() override {
    if (auto allowed = faults_.next("sync"); !allowed) {
      auto* loses = dynamic_cast<LosesUnsynced*>(inner_.get());
      if (loses != nullptr && !faults_.from_then_on()) loses->lose_unsynced();
      return allowed;
    }
    return inner_->sync_data_blocking();
  }
  Result<std::uint64_t> size_blocking() const override {
    STILE_TRY(faults_.next("size"));
    return inner_->size_blocking();
  }
  int descriptor() const override { return inner_->descriptor(); }

 private:
  const std::unique_ptr<File> inner_;
  Faults& faults_;
};

}  // namespace

Result<std::unique_ptr<File>> FaultyFileSystem::open_blocking(const SafePath& path, OpenMode mode) {
  STILE_TRY(faults_.next("open"));
  auto file = inner_.open_blocking(path, mode);
  if (!file) return file;
  return std::make_unique<FaultyFile>(std::move(*file), faults_);
}

Result<void> FaultyFileSystem::make_directory_blocking(const SafePath& path) {
  STILE_TRY(faults_.next("mkdir"));
  return inner_.make_directory_blocking(path);
}

Result<void> FaultyFileSystem::rename_blocking(const SafePath& from, const SafePath& to) {
  STILE_TRY(faults_.next("rename"));
  return inner_.rename_blocking(from, to);
}

Result<void> FaultyFileSystem::remove_blocking(const SafePath& path) {
  STILE_TRY(faults_.next("remove"));
  return inner_.remove_blocking(path);
}

Result<void> FaultyFileSystem::sync_directory_blocking(const SafePath& path) {
  STILE_TRY(faults_.next("sync_directory"));
  return inner_.sync_directory_blocking(path);
}

Result<bool> FaultyFileSystem::exists_blocking(const SafePath& path) {
  STILE_TRY(faults_.next("exists"));
  return inner_.exists_blocking(path);
}

Result<std::vector<std::string>> FaultyFileSystem::list_blocking(const SafePath& path) {
  STILE_TRY(faults_.next("list"));
  return inner_.list_blocking(path);
}

Result<std::uint64_t> FaultyFileSystem::free_bytes_blocking() {
  STILE_TRY(faults_.next("free"));
  return inner_.free_bytes_blocking();
}

}  // namespace stile::io
