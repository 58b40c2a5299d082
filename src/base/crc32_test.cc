#include "base/crc32.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace stile {
namespace {

TEST(Crc32, KnowsTheCheckValue) {
  EXPECT_EQ(crc32_update(0, as_bytes("123456789")), 0xCBF43926u);
  EXPECT_EQ(crc32_update(0, {}), 0u);
}

TEST(Crc32, JoinedEqualsComputedAtOnce) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 engine(seed);
  std::string text(10'000, '\0');
  for (char& c : text) c = static_cast<char>(engine());
  const Bytes all = as_bytes(text);
  const std::uint32_t whole = crc32_update(0, all);
  for (int round = 0; round < 100; ++round) {
    const std::size_t cut = engine() % (all.size() + 1);
    const std::uint32_t head = crc32_update(0, all.first(cut)), tail = crc32_update(0, all.subspan(cut));
    EXPECT_EQ(crc32_update(head, all.subspan(cut)), whole) << "cut at " << cut;
    EXPECT_EQ(crc32_join(head, tail, all.size() - cut), whole) << "cut at " << cut;
  }
}

TEST(Crc32, JoinsLengthsBeyond4GiB) {
  // 5 GiB of zero bytes, by doubling; the direct way takes the same zeros in 1 MiB blocks.
  const std::string block(kMiB, '\0');
  const std::uint32_t start = crc32_update(0, as_bytes("x"));
  std::uint32_t direct = start, zeros = 0;
  for (int i = 0; i < 5 * 1024; ++i) direct = crc32_update(direct, as_bytes(block));
  for (int i = 0; i < 5; ++i) {
    std::uint32_t gib = crc32_update(0, as_bytes(block));
    for (std::uint64_t length = kMiB; length < 1024 * kMiB; length *= 2) gib = crc32_join(gib, gib, length);
    zeros = i == 0 ? gib : crc32_join(zeros, gib, 1024 * kMiB);
  }
  EXPECT_EQ(crc32_join(start, zeros, 5ull * 1024 * kMiB), direct);
}

}  // namespace
}  // namespace stile
