#include "engine/file_remover.h"

#include "base/failpoint.h"

namespace stile::engine {
namespace {

constexpr std::size_t kBatch = 100;

}  // namespace

io::Task<Result<void>> FileRemover::remove(std::int64_t file_id) {
  if (keep_ > Milliseconds{0}) co_return Result<void>{};
  co_return co_await remove_now(file_id);
}

io::Task<Result<void>> FileRemover::remove_now(std::int64_t file_id) {
  STILE_CO_TRY(co_await disk_.run([&] { return store_.remove_photo_blocking(file_id); }));
  failpoint("removal.removed");
  removed_.add();
  co_return co_await library_.files_removed(file_id);
}

io::Task<Result<void>> FileRemover::sweep() {
  // What is not kept does not wait for a clock that was set back, either.
  const WallTime until = keep_ > Milliseconds{0} ? clock_.wall_now() - keep_ : WallTime::max();
  for (;;) {
    const auto files = co_await library_.files_to_remove(until, kBatch);
    if (!files) co_return fail(files.error());
    for (const std::int64_t file_id : *files) STILE_CO_TRY(co_await remove_now(file_id));
    if (files->size() < kBatch) co_return Result<void>{};
  }
}

}  // namespace stile::engine
