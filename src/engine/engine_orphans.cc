// Staging files that nobody knows: after a crash, and while the server runs those whose removal has failed.
#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "engine/engine.h"

namespace stile::engine {
namespace {

constexpr std::size_t kBatch = 500;

// Those of no upload in state receiving: spools, and files whose row or whose removal was lost.
io::Task<Result<std::set<std::string>>> unknown_files(EngineParts& parts) {
  std::vector<std::string> all;
  STILE_CO_TRY(co_await parts.disk.run(
      [&] { return parts.store.visit_staging_blocking([&](std::string_view id) { all.emplace_back(id); }); }));
  std::set<std::string> unknown(all.begin(), all.end());
  for (std::size_t at = 0; at < all.size(); at += kBatch) {
    const auto from = all.begin() + static_cast<std::ptrdiff_t>(at);
    auto known = co_await parts.catalog.known_open(
        {from, from + static_cast<std::ptrdiff_t>(std::min(kBatch, all.size() - at))});
    if (!known) co_return fail(std::move(known).error());
    for (const std::string& id : *known) unknown.erase(id);
  }
  co_return std::move(unknown);
}

}  // namespace

// At the start nothing is in motion: what is unknown goes at once.
io::Task<Result<void>> Engine::sweep_staging_orphans() {
  auto unknown = co_await unknown_files(parts_);
  if (!unknown) co_return fail(std::move(unknown).error());
  co_return co_await parts_.disk.run([&]() -> Result<void> {
    for (const std::string& id : *unknown) STILE_TRY(parts_.store.remove_staging_blocking(id));
    return {};
  });
}

// A file is there a moment before its row, so one is an orphan only when nobody knew it at the look before this one
// either, kSuspectFor ago. Nothing was acknowledged of a file that has no row.
io::Task<Result<std::size_t>> Engine::sweep_orphans() {
  const SteadyTime now = parts_.clock.steady_now();
  if (suspected_at_ && now < *suspected_at_ + kSuspectFor) co_return std::size_t{0};
  auto unknown = co_await unknown_files(parts_);
  if (!unknown) co_return fail(std::move(unknown).error());
  std::erase_if(*unknown, [&](const std::string& id) { return spools_->contains(id); });
  std::size_t removed = 0;
  for (auto id = unknown->begin(); id != unknown->end();) {
    if (!suspects_.contains(*id)) {
      ++id;
      continue;
    }
    STILE_CO_TRY(co_await parts_.disk.run([&] { return parts_.store.remove_staging_blocking(*id); }));
    ++removed;
    id = unknown->erase(id);
  }
  suspects_ = std::move(*unknown);
  suspected_at_ = now;
  co_return removed;
}

}  // namespace stile::engine
