#include "engine/photo_ids.h"

namespace stile::engine {

io::Task<Result<std::int64_t>> PhotoIds::next() {
  for (;;) {
    {
      std::lock_guard lock(mutex_);
      if (next_ < end_) co_return next_++;
    }
    // Two callers may reserve at once; then one block is kept and the other becomes a gap, or is used right here.
    auto first = co_await catalog_.reserve_photo_ids(kBlock);
    if (!first) co_return fail(first.error());
    std::lock_guard lock(mutex_);
    if (next_ >= end_) {
      next_ = *first;
      end_ = *first + kBlock;
    } else {
      co_return *first;
    }
  }
}

}  // namespace stile::engine
