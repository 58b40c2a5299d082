#include "media/magic_pool.h"

#include <magic.h>

#include <string_view>

#include "media/sniff.h"

namespace stile::media {
namespace {

magic_set* open_handle() {
  constexpr int kFlags = MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS | MAGIC_NO_CHECK_TAR | MAGIC_NO_CHECK_ELF |
                         MAGIC_NO_CHECK_CDF | MAGIC_NO_CHECK_APPTYPE | MAGIC_NO_CHECK_CSV;
  magic_set* handle = magic_open(kFlags);
  if (!handle) return nullptr;
  const std::pair<int, std::size_t> limits[] = {
      {MAGIC_PARAM_BYTES_MAX, kSniffBytes}, {MAGIC_PARAM_ENCODING_MAX, kSniffBytes},
      {MAGIC_PARAM_REGEX_MAX, 4096},        {MAGIC_PARAM_INDIR_MAX, 15},
      {MAGIC_PARAM_NAME_MAX, 50},           {MAGIC_PARAM_ELF_PHNUM_MAX, 0},
      {MAGIC_PARAM_ELF_SHNUM_MAX, 0},       {MAGIC_PARAM_ELF_NOTES_MAX, 0},
  };
  bool good = true;
  for (const auto& [name, value] : limits) good = magic_setparam(handle, name, &value) == 0 && good;
  if (good && magic_load(handle, nullptr) == 0) return handle;
  magic_close(handle);
  return nullptr;
}

}  // namespace

MagicPool::MagicPool() {
  if (auto* handle = open_handle()) {
    works_ = true;
    idle_.push_back(handle);
  }
}

MagicPool::~MagicPool() {
  for (auto* handle : idle_) magic_close(handle);
}

std::string MagicPool::mime_of(Bytes head) {
  auto* handle = borrow();
  if (!handle) return {};
  const char* found = magic_buffer(handle, head.data(), head.size());
  std::string mime = found ? found : "";
  give_back(handle);
  if (mime == "application/octet-stream" || mime == "application/x-data" || mime.starts_with("inode/")) mime.clear();
  return mime;
}

magic_set* MagicPool::borrow() {
  if (!works_) return nullptr;
  {
    const std::scoped_lock lock(mutex_);
    if (!idle_.empty()) {
      auto* handle = idle_.back();
      idle_.pop_back();
      return handle;
    }
  }
  return open_handle();
}

void MagicPool::give_back(magic_set* handle) {
  const std::scoped_lock lock(mutex_);
  idle_.push_back(handle);
}

}  // namespace stile::media
