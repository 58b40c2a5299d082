// Micro benchmarks of what is kept in memory of an upload under way: its checksum, its ranges, who writes where.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "base/crc32.h"
#include "base/range_set.h"
#include "engine/range_claims.h"

namespace {

using namespace stile;

constexpr std::uint64_t kChunk = kMiB;

ByteRange chunk(std::uint64_t number) { return {number * kChunk, (number + 1) * kChunk}; }

enum class Order { ascending, descending, random };

std::vector<std::uint64_t> numbers(std::uint64_t count, Order order) {
  std::vector<std::uint64_t> all(count);
  std::iota(all.begin(), all.end(), 0);
  if (order == Order::descending) std::ranges::reverse(all);
  if (order == Order::random) std::ranges::shuffle(all, std::mt19937_64(7));
  return all;
}

void crc32(benchmark::State& state) {
  const std::string block(static_cast<std::size_t>(state.range(0)), 'x');
  std::uint32_t crc = 0;
  for (auto _ : state) benchmark::DoNotOptimize(crc = crc32_update(crc, as_bytes(block)));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

void crc32_of_two(benchmark::State& state) {
  std::uint32_t crc = 1;
  for (auto _ : state) benchmark::DoNotOptimize(crc = crc32_join(crc, 2, static_cast<std::uint64_t>(state.range(0))));
  state.SetItemsProcessed(state.iterations());
}

// A whole file of so many chunks, until nothing is missing.
void fill_ranges(benchmark::State& state, Order order) {
  const std::vector<std::uint64_t> order_of_arrival = numbers(static_cast<std::uint64_t>(state.range(0)), order);
  for (auto _ : state) {
    RangeSet ranges;
    for (const std::uint64_t number : order_of_arrival)
      if (!ranges.add(chunk(number), 1)) return state.SkipWithError("a chunk was there already");
    if (ranges.runs() != 1) return state.SkipWithError("the file is not whole");
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

// So many runs with a gap behind each: what a set of ranges costs at its largest.
RangeSet broken(std::int64_t runs) {
  RangeSet ranges;
  for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(runs); ++i) ranges.add(chunk(2 * i), 1);
  return ranges;
}

void ask_ranges(benchmark::State& state) {
  const RangeSet ranges = broken(state.range(0));
  const std::vector<std::uint64_t> asked = numbers(2 * static_cast<std::uint64_t>(state.range(0)), Order::random);
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(ranges.contains(chunk(asked[next])));
    if (++next == asked.size()) next = 0;
  }
  state.SetItemsProcessed(state.iterations());
}

void ask_what_is_missing(benchmark::State& state) {
  const RangeSet ranges = broken(state.range(0));
  const std::vector<std::uint64_t> asked = numbers(2 * static_cast<std::uint64_t>(state.range(0)), Order::random);
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(ranges.missing(chunk(asked[next])));
    if (++next == asked.size()) next = 0;
  }
  state.SetItemsProcessed(state.iterations());
}

// A chunk comes and goes beside others that are being written.
void claim_range(benchmark::State& state) {
  engine::RangeClaims claims;
  const auto others = static_cast<std::uint64_t>(state.range(0));
  for (std::uint64_t i = 0; i < others; ++i)
    if (!claims.try_write(claims.enter(chunk(i)))) return state.SkipWithError("a claim of its own was refused");
  for (auto _ : state) {
    const auto id = claims.enter(chunk(others));
    if (!claims.try_write(id)) return state.SkipWithError("a claim of its own was refused");
    claims.leave(id);
  }
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK(crc32)->Arg(4 * kKiB)->Arg(256 * kKiB)->Arg(64 * kMiB);
BENCHMARK(crc32_of_two)->Arg(kMiB)->Arg(100'000 * static_cast<std::int64_t>(kMiB));
BENCHMARK_CAPTURE(fill_ranges, in_order, Order::ascending)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(fill_ranges, reversed, Order::descending)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(fill_ranges, random, Order::random)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMillisecond);
BENCHMARK(ask_ranges)->Arg(1)->Arg(1'000)->Arg(100'000);
BENCHMARK(ask_what_is_missing)->Arg(1)->Arg(1'000)->Arg(100'000);
BENCHMARK(claim_range)->Arg(0)->Arg(16)->Arg(256);

}  // namespace
