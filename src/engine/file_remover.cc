#include "engine/file_remover.h"

#include "base/failpoint.h"

namespace stile::engine {
namespace {

constexpr std::size_t kBatch = 100;

}  // namespace

io::Task<Result<void>> FileRemover::remove(std::int64_t file_id) {
  STILE_CO_TRY(co_await disk_.run([&] { return store_.remove_photo_blocking(file_id); }));
  failpoint("removal.removed");
  removed_.add();
  co_return co_await library_.files_removed(file_id);
}

io::Task<Result<void>> FileRemover::sweep() {
  for (;;) {
    const auto files = co_await library_.files_to_remove(kBatch);
    if (!files) co_return fail(files.error());
    for (const std::int64_t file_id : *files) STILE_CO_TRY(co_await remove(file_id));
    if (files->size() < kBatch) co_return Result<void>{};
  }
}

}  // namespace stile::engine
