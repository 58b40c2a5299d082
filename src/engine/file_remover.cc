#include "engine/file_remover.h"

namespace stile::engine {
namespace {

constexpr std::size_t kBatch = 100;

}  // namespace

io::Task<Result<void>> FileRemover::remove(std::int64_t photo_id) {
  STILE_CO_TRY(co_await disk_.run([&] { return store_.remove_photo_blocking(photo_id); }));
  co_return co_await library_.files_removed(photo_id);
}

io::Task<Result<void>> FileRemover::sweep() {
  for (;;) {
    const auto photos = co_await library_.files_to_remove(kBatch);
    if (!photos) co_return fail(photos.error());
    for (const std::int64_t photo_id : *photos) STILE_CO_TRY(co_await remove(photo_id));
    if (photos->size() < kBatch) co_return Result<void>{};
  }
}

}  // namespace stile::engine
