// PhotoIds: hands out photo ids from blocks reserved in the catalog, so that an id costs no commit of its own.
#pragma once

#include <cstdint>
#include <mutex>

#include "base/result.h"
#include "catalog/catalog.h"
#include "io/task.h"

namespace stile::engine {

class PhotoIds {
 public:
  static constexpr std::int64_t kBlock = 64;

  explicit PhotoIds(catalog::Catalog& catalog) : catalog_(catalog) {}
  // An id that nobody had before and nobody will have again; gaps are normal. Threads: any.
  io::Task<Result<std::int64_t>> next();
  // From now on ids are above `taken`. True when the catalog knew of lower ones only: it is older than whoever has that id.
  io::Task<Result<bool>> pass(std::int64_t taken);

 private:
  catalog::Catalog& catalog_;
  std::mutex mutex_;
  std::int64_t next_ = 0;
  std::int64_t end_ = 0;
};

}  // namespace stile::engine
