// Staging files that nobody knows, while the server runs: those whose removal has failed. After a crash recover() looks
// at once, because then nothing is in motion.
#include <algorithm>

#include "engine/engine.h"

namespace stile::engine {
namespace {

constexpr std::size_t kBatch = 500;

}  // namespace

// A file is there a moment before its row, so one is an orphan only when nobody knew it at the look before this one
// either, kSuspectFor ago. Nothing was acknowledged of a file that has no row.
io::Task<Result<std::size_t>> Engine::sweep_orphans() {
  const SteadyTime now = parts_.clock.steady_now();
  if (suspected_at_ && now < *suspected_at_ + kSuspectFor) co_return std::size_t{0};
  std::set<std::string> unknown;
  std::vector<std::string> all;
  STILE_CO_TRY(co_await parts_.disk.run(
      [&] { return parts_.store.visit_staging_blocking([&](std::string_view id) { all.emplace_back(id); }); }));
  for (std::size_t at = 0; at < all.size(); at += kBatch) {
    const auto from = all.begin() + static_cast<std::ptrdiff_t>(at);
    const std::vector<std::string> batch(from, from + static_cast<std::ptrdiff_t>(std::min(kBatch, all.size() - at)));
    auto known = co_await parts_.catalog.known_open(batch);
    if (!known) co_return fail(std::move(known).error());
    for (const std::string& id : batch)
      if (std::ranges::find(*known, id) == known->end() && !spools_->contains(id)) unknown.insert(id);
  }
  std::size_t removed = 0;
  for (auto id = unknown.begin(); id != unknown.end();) {
    if (!suspects_.contains(*id)) {
      ++id;
      continue;
    }
    STILE_CO_TRY(co_await parts_.disk.run([&] { return parts_.store.remove_staging_blocking(*id); }));
    ++removed;
    id = unknown.erase(id);
  }
  suspects_ = std::move(unknown);
  suspected_at_ = now;
  co_return removed;
}

}  // namespace stile::engine
