// Counter, Gauge, Histogram: figures that owners keep of themselves, for whoever asks.
//
// Plain atomics without names: the owner has them as members and hands out a const reference; what they are called and
// how they are written down is known in app/ only (metric_table.h). There is no registry.
// Cost: a relaxed atomic addition per event, two and a search among a dozen bounds for a Histogram. The hot path has one
// addition per block and a handful per chunk. Threads: any. A reader sees each figure whole, not all of one instant.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

namespace stile {

// Only grows.
class Counter {
 public:
  void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_ = 0;
};

// Goes up and down.
class Gauge {
 public:
  void add(std::int64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  void sub(std::int64_t n = 1) { value_.fetch_sub(n, std::memory_order_relaxed); }
  void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_ = 0;
};

// What a Histogram has seen: counts[i] observations were at most bounds[i] and more than the bound before; the last
// count is of those above all bounds.
struct HistogramView {
  std::span<const std::uint64_t> bounds;
  std::array<std::uint64_t, 24> counts{};  // bounds.size() + 1 of them are used
  std::uint64_t sum = 0;
};

// Observations of whole numbers (nanoseconds, items) sorted into buckets. `bounds`: ascending, at most 23, static.
class Histogram {
 public:
  explicit Histogram(std::span<const std::uint64_t> bounds) : bounds_(bounds) {}

  void observe(std::uint64_t value) {
    std::size_t bucket = 0;
    while (bucket < bounds_.size() && value > bounds_[bucket]) ++bucket;
    counts_[bucket].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
  }
  void observe(std::chrono::nanoseconds time) { observe(static_cast<std::uint64_t>(time.count() < 0 ? 0 : time.count())); }

  HistogramView view() const {
    HistogramView view{.bounds = bounds_};
    for (std::size_t i = 0; i <= bounds_.size(); ++i) view.counts[i] = counts_[i].load(std::memory_order_relaxed);
    view.sum = sum_.load(std::memory_order_relaxed);
    return view;
  }

 private:
  const std::span<const std::uint64_t> bounds_;
  std::array<std::atomic<std::uint64_t>, 24> counts_{};
  std::atomic<std::uint64_t> sum_ = 0;
};

// Bounds in nanoseconds. Syncs and commits: 100 µs of a good NVMe up to a disk that is about to fail.
inline constexpr std::array<std::uint64_t, 12> kDiskTimes{
    100'000,    250'000,     1'000'000,   2'500'000,     5'000'000,     10'000'000,
    25'000'000, 100'000'000, 250'000'000, 1'000'000'000, 5'000'000'000, 30'000'000'000};
// Requests: an answer from memory up to a film over a slow line.
inline constexpr std::array<std::uint64_t, 12> kRequestTimes{
    1'000'000,     5'000'000,     25'000'000,     100'000'000,    250'000'000,     1'000'000'000,
    2'500'000'000, 5'000'000'000, 10'000'000'000, 30'000'000'000, 120'000'000'000, 600'000'000'000};
inline constexpr std::array<std::uint64_t, 10> kBatchSizes{1, 2, 4, 8, 16, 32, 64, 128, 512, 2048};

// How long something has really taken. Not of a Clock: one that a test moves says nothing about a disk.
class Stopwatch {
 public:
  std::chrono::nanoseconds elapsed() const { return std::chrono::steady_clock::now() - start_; }

 private:
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace stile
