#include "base/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>

namespace stile {
namespace {

TEST(SeededRandom, RepeatsItselfForOneSeed) {
  SeededRandom a(42), b(42), c(43);
  const auto text = random_hex(a, 64);
  EXPECT_EQ(text, random_hex(b, 64));
  EXPECT_NE(text, random_hex(c, 64));
}

TEST(RandomText, HasTheLengthAndAlphabetAskedFor) {
  SystemRandom random;
  for (const std::size_t length : {0u, 1u, 32u, 63u, 64u, 65u, 1000u}) {
    const auto hex = random_hex(random, length);
    EXPECT_EQ(hex.size(), length);
    EXPECT_EQ(hex.find_first_not_of("0123456789abcdef"), std::string::npos);
    EXPECT_EQ(random_alphanumeric(random, length).size(), length);
  }
}

TEST(RandomText, DrawsEveryLetterEvenly) {
  SeededRandom random(7);
  const auto text = random_alphanumeric(random, 62'000);
  std::array<int, 256> count{};
  for (const char c : text) ++count[static_cast<unsigned char>(c)];
  int letters = 0;
  for (int c = 0; c < 256; ++c) {
    const int seen = count[static_cast<std::size_t>(c)];
    if (seen == 0) continue;
    ++letters;
    // 1000 expected, standard deviation 31; a modulo without rejection would give eight letters 25 % more.
    EXPECT_NEAR(seen, 1000, 160) << static_cast<char>(c);
  }
  EXPECT_EQ(letters, 62);
}

TEST(SystemRandom, DoesNotRepeat) {
  SystemRandom random;
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random_u64(random));
  EXPECT_EQ(seen.size(), 1000u);
}

}  // namespace
}  // namespace stile
