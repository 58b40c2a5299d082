#include "http/range.h"

#include <gtest/gtest.h>

namespace stile::http {
namespace {

using Kind = RangeAnswer::Kind;

void expect_part(std::string_view header, std::uint64_t size, std::uint64_t begin, std::uint64_t end) {
  const auto answer = choose_range(header, size);
  EXPECT_EQ(answer.kind, Kind::part) << header;
  EXPECT_EQ(answer.range, (ByteRange{begin, end})) << header;
}

TEST(ChooseRange, HonoursASingleRange) {
  expect_part("bytes=0-0", 10, 0, 1);
  expect_part("bytes=2-5", 10, 2, 6);
  expect_part("bytes=2-", 10, 2, 10);
  expect_part("bytes=-3", 10, 7, 10);
  expect_part("BYTES= 2-5 ", 10, 2, 6);
}

TEST(ChooseRange, CutsAtTheEndOfTheFile) {
  expect_part("bytes=9-10", 10, 9, 10);
  expect_part("bytes=0-99999999999999999999999999", 10, 0, 10);
  expect_part("bytes=-11", 10, 0, 10);
  expect_part("bytes=-99999999999999999999999999", 10, 0, 10);
  expect_part("bytes=0-18446744073709551615", 10, 0, 10);
}

TEST(ChooseRange, CannotSatisfyWhatLiesBehindTheEnd) {
  for (const auto header : {"bytes=10-", "bytes=10-20", "bytes=99999999999999999999999999-", "bytes=-0"})
    EXPECT_EQ(choose_range(header, 10).kind, Kind::unsatisfiable) << header;
  EXPECT_EQ(choose_range("bytes=0-", 0).kind, Kind::unsatisfiable);
}

TEST(ChooseRange, AnswersWithTheWholeFileOtherwise) {
  EXPECT_EQ(choose_range(std::nullopt, 10).kind, Kind::whole);
  EXPECT_EQ(choose_range("bytes=-5", 0).kind, Kind::whole);
  for (const auto header : {"", "bytes", "bytes=", "bytes=-", "bytes=5", "bytes=5-2", "bytes=a-b", "bytes=0-1,4-5",
                            "bytes=0x1-2", "bytes=+1-2", "bytes=1--2", "bytes=1- 2", "items=0-1", "bytes =0-1"})
    EXPECT_EQ(choose_range(header, 10).kind, Kind::whole) << header;
}

}  // namespace
}  // namespace stile::http
