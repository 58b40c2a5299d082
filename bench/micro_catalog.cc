// Micro benchmarks of the catalog on a real file: receipts per second by how many wait for the same commit, and looking
// up a token. The file lies in TMPDIR, which should be on the disk that is meant.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>

#include "catalog/testing.h"
#include "io/run.h"
#include "io/task_group.h"

namespace {

using namespace stile;
using catalog::TempCatalog;

constexpr WallTime kNow{Seconds{1'700'000'000}};
constexpr std::uint64_t kChunk = kMiB;
constexpr std::uint64_t kReceiptsEach = 16;  // so that the committers get out of step, as clients are

void add_token(TempCatalog& catalog, const std::string& name) {
  catalog::Token token;
  token.token = name;
  token.valid_until = kNow + Seconds{3600};
  CHECK(io::run_until_done(catalog->add_token(token)).has_value());
}

// One client that has each chunk recorded before it sends the next.
io::Task<void> send_receipts(TempCatalog& catalog, std::uint64_t first, bool& failed) {
  for (std::uint64_t chunk = first; chunk < first + kReceiptsEach; ++chunk) {
    const auto added = co_await catalog->add_receipt("upload", {{chunk * kChunk, (chunk + 1) * kChunk}, 1}, kNow);
    if (!added) failed = true;
  }
}

io::Task<void> commit_together(TempCatalog& catalog, std::uint64_t committers, std::uint64_t first, bool& failed) {
  io::Executor& home = co_await io::this_home();
  io::TaskGroup group([&failed](std::exception_ptr) { failed = true; });
  for (std::uint64_t i = 0; i < committers; ++i)
    group.spawn(home, send_receipts(catalog, first + i * kReceiptsEach, failed));
  co_await group.drain();
}

// Durability::chunk: every commit is synced. `none`: what all of it costs but the disk.
void commit_receipts(benchmark::State& state, Durability durability) {
  TempCatalog catalog({.durability = durability});
  add_token(catalog, "token");
  catalog::Upload upload;
  upload.upload_id = "upload";
  upload.key = {"token", "film", 1ull << 60};
  upload.created_at = upload.changed_at = kNow;
  if (!io::run_until_done(catalog->start_upload(upload, kNow, {}))) return state.SkipWithError("no upload");

  const auto committers = static_cast<std::uint64_t>(state.range(0));
  std::uint64_t next = 0;
  const std::uint64_t commits_before = catalog->commits();
  for (auto _ : state) {
    bool failed = false;
    io::run_until_done(commit_together(catalog, committers, next, failed));
    if (failed) return state.SkipWithError("a receipt was refused");
    next += committers * kReceiptsEach;
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(next));
  state.counters["receipts_per_commit"] =
      static_cast<double>(next) / static_cast<double>(catalog->commits() - commits_before);
}

// As every request with a token that is not in memory does it, with the way to a reader and back.
void find_token(benchmark::State& state) {
  TempCatalog catalog;
  for (std::int64_t i = 0; i < state.range(0); ++i) add_token(catalog, "token " + std::to_string(i));
  std::int64_t next = 0;
  for (auto _ : state) {
    const auto found = io::run_until_done(catalog->find_token("token " + std::to_string(next)));
    if (!found || !*found) return state.SkipWithError("the token is not there");
    next = (next + 7'919) % state.range(0);
  }
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK_CAPTURE(commit_receipts, synced, Durability::chunk)
    ->RangeMultiplier(4)
    ->Range(1, 64)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(commit_receipts, unsynced, Durability::none)
    ->RangeMultiplier(4)
    ->Range(1, 64)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(find_token)->Arg(1)->Arg(1'000)->UseRealTime()->Unit(benchmark::kMicrosecond);

}  // namespace
