#include "engine/photo_ids.h"

#include <algorithm>

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

io::Task<Result<bool>> PhotoIds::pass(std::int64_t taken) {
  auto first = co_await catalog_.reserve_photo_ids(kBlock);
  if (!first) co_return fail(first.error());
  const bool is_behind = *first <= taken;
  std::int64_t end = *first + kBlock;
  if (taken >= end) {
    first = co_await catalog_.reserve_photo_ids(taken - end + 1 + kBlock);
    if (!first) co_return fail(first.error());
    end = std::max(*first, taken + 1) + kBlock;
  }
  std::lock_guard lock(mutex_);
  next_ = std::max(*first, taken + 1);
  end_ = end;
  co_return is_behind;
}

}  // namespace stile::engine
