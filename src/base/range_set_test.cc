#include "base/range_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "base/crc32.h"

namespace stile {
namespace {

TEST(RangeSet, MergesTouchingRanges) {
  RangeSet set;
  EXPECT_TRUE(set.add({0, 10}, 1));
  EXPECT_TRUE(set.add({20, 30}, 2));
  EXPECT_EQ(set.runs(), 2u);
  EXPECT_TRUE(set.add({10, 20}, 3));
  EXPECT_EQ(set.runs(), 1u);
  EXPECT_EQ(set.bytes(), 30u);
  EXPECT_EQ(set.all().front().range, (ByteRange{0, 30}));
  EXPECT_EQ(set.all().front().crc32, crc32_join(crc32_join(1, 3, 10), 2, 10));
}

TEST(RangeSet, RefusesWhatIsThereAlready) {  // I2
  RangeSet set;
  ASSERT_TRUE(set.add({10, 20}, 7));
  for (const ByteRange range : {ByteRange{10, 20}, {0, 11}, {19, 21}, {12, 13}, {0, 30}})
    EXPECT_FALSE(set.add(range, 1)) << range.begin << "-" << range.end;
  EXPECT_FALSE(set.add({5, 5}, 0)) << "an empty range is no range";
  EXPECT_EQ(set.all(), (std::vector<RangeSet::Run>{{{10, 20}, 7}}));
  EXPECT_EQ(set.bytes(), 10u);
}

TEST(RangeSet, IsCompleteOnlyWhenOneRunCoversAllOfIt) {
  RangeSet set;
  EXPECT_EQ(set.complete(10), std::nullopt);
  EXPECT_EQ(set.complete(0), 0u) << "nothing is all of an empty file";
  set.add({5, 10}, 2);
  EXPECT_EQ(set.complete(10), std::nullopt);
  set.add({0, 5}, 1);
  EXPECT_EQ(set.complete(10), crc32_join(1, 2, 5));
  EXPECT_EQ(set.complete(9), std::nullopt);
  EXPECT_EQ(set.complete(11), std::nullopt);
  EXPECT_EQ(set.complete(0), std::nullopt);
}

TEST(RangeSet, ReachesTheEndOfTheNumbers) {
  RangeSet set;
  EXPECT_TRUE(set.add({UINT64_MAX - 1, UINT64_MAX}, 1));
  EXPECT_FALSE(set.add({0, UINT64_MAX}, 1));
  EXPECT_EQ(set.missing({0, UINT64_MAX}), (std::vector<ByteRange>{{0, UINT64_MAX - 1}}));
}

TEST(RangeSet, NamesWhatIsMissing) {
  RangeSet set;
  EXPECT_EQ(set.missing({3, 9}), (std::vector<ByteRange>{{3, 9}}));
  set.add({0, 2}, 0);
  set.add({4, 6}, 0);
  EXPECT_EQ(set.missing({0, 8}), (std::vector<ByteRange>{{2, 4}, {6, 8}}));
  EXPECT_EQ(set.missing({1, 5}), (std::vector<ByteRange>{{2, 4}}));
  EXPECT_EQ(set.missing({4, 6}), (std::vector<ByteRange>{}));
  EXPECT_EQ(set.missing({5, 5}), (std::vector<ByteRange>{}));
}

// Against the simplest thing that can be right: one flag per byte, and the CRC of the bytes themselves.
TEST(RangeSet, AgreesWithABitmap) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 engine(seed);
  constexpr std::size_t kSize = 200;
  std::string content(kSize, '\0');
  for (char& c : content) c = static_cast<char>(engine());

  for (int round = 0; round < 50; ++round) {
    RangeSet set;
    std::vector<bool> bitmap(kSize);
    const std::size_t longest = 1 + engine() % 40;
    for (int step = 0; step < 200; ++step) {
      const std::size_t begin = engine() % (kSize + 1);
      const std::size_t end = std::min(kSize, begin + engine() % (longest + 1));
      const auto from = bitmap.begin() + static_cast<std::ptrdiff_t>(begin);
      const auto to = bitmap.begin() + static_cast<std::ptrdiff_t>(end);
      const ByteRange range{begin, end};
      const bool any = std::find(from, to, true) != to, all = std::find(from, to, false) == to;
      ASSERT_EQ(set.overlaps(range), any);
      ASSERT_EQ(set.contains(range), all);
      std::vector<bool> filled = bitmap;
      for (const ByteRange gap : set.missing(range)) {
        ASSERT_FALSE(gap.empty());
        for (std::uint64_t i = gap.begin; i < gap.end; ++i) {
          ASSERT_FALSE(filled[i]);
          filled[i] = true;
        }
      }
      ASSERT_TRUE(std::find(filled.begin() + (from - bitmap.begin()), filled.begin() + (to - bitmap.begin()), false) ==
                  filled.begin() + (to - bitmap.begin()));
      ASSERT_EQ(set.add(range, crc32_update(0, as_bytes(content).subspan(begin, end - begin))), !any && begin < end);
      if (!any) std::fill(from, to, true);

      ASSERT_EQ(set.bytes(), static_cast<std::uint64_t>(std::count(bitmap.begin(), bitmap.end(), true)));
      std::uint64_t last_end = 0;
      for (const auto& run : set.all()) {
        ASSERT_TRUE(run.range.begin > last_end || run.range.begin == 0) << "runs ascend and never touch";
        last_end = run.range.end;
        ASSERT_EQ(run.crc32, crc32_update(0, as_bytes(content).subspan(run.range.begin, run.range.size())));
      }
    }
    for (const ByteRange gap : set.missing({0, kSize}))
      set.add(gap, crc32_update(0, as_bytes(content).subspan(gap.begin, gap.size())));
    ASSERT_EQ(set.complete(kSize), crc32_update(0, as_bytes(content)));
  }
}

}  // namespace
}  // namespace stile
