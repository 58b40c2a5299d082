// Randomness as a constructor argument. Everything secret comes from here, so a test can make it predictable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <random>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace stile {

class Random {
 public:
  virtual ~Random() = default;
  // Fills `out` completely. Threads: any. Aborts the process when the system has no randomness to give.
  virtual void fill(MutableBytes out) = 0;
};

class SystemRandom final : public Random {  // getrandom(2)
 public:
  void fill(MutableBytes out) override;
};

class SeededRandom final : public Random {  // for tests; print the seed
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
  void fill(MutableBytes out) override;

 private:
  std::mutex mutex_;
  std::mt19937_64 engine_;
};

// `length` characters drawn evenly from [0-9A-Za-z].
std::string random_alphanumeric(Random& random, std::size_t length);
// `length` characters of lower-case hex.
std::string random_hex(Random& random, std::size_t length);
std::uint64_t random_u64(Random& random);

}  // namespace stile
