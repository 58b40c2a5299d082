#include "dialects/resumable.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace stile::dialects {
namespace {

constexpr std::uint64_t kMax = 9'223'372'036'854'775'807u;

Params fields(std::string number, std::string size, std::string total, Params more = {}) {
  Params all{{"resumableChunkNumber", std::move(number)},
             {"resumableChunkSize", std::move(size)},
             {"resumableTotalSize", std::move(total)},
             {"resumableIdentifier", "id"}};
  for (const auto& [name, value] : more) all.add(name, value);
  return all;
}

Chunk chunk(const Params& all, BodyLength length = {}) {
  auto read = read_chunk(all, length);
  EXPECT_TRUE(read.has_value()) << (read ? "" : read.error().message);
  return read ? *read : Chunk{};
}

std::string refusal(const Params& all) {
  auto read = read_chunk(all, {});
  if (read) return "(accepted)";
  EXPECT_EQ(read.error().code, Errc::invalid_input);
  return read.error().message;
}

TEST(Resumable, IsSpokenWhenAnyOfItsFieldsSaysSomething) {
  EXPECT_FALSE(is_resumable({}));
  EXPECT_FALSE(is_resumable({{"upload_token", "t"}, {"resumableFilename", "a.mp4"}, {"resumableTotalChunks", "3"}}));
  EXPECT_FALSE(is_resumable({{"resumableChunkNumber", ""},
                             {"resumableChunkSize", "0"},
                             {"resumableTotalSize", ""},
                             {"resumableIdentifier", ""}}));
  for (const char* name : {"resumableChunkNumber", "resumableChunkSize", "resumableTotalSize", "resumableIdentifier"})
    EXPECT_TRUE(is_resumable({{name, "x"}})) << name;
}

TEST(Resumable, ChunksLieOneBehindTheOther) {
  const auto all = fields("3", "100", "1000");
  EXPECT_EQ(chunk(all).range, (ByteRange{200, 300}));
  EXPECT_EQ(chunk(all).total_size, 1000u);
  EXPECT_EQ(chunk(all).number, 3u);
  EXPECT_EQ(chunk(all).shorter, std::nullopt);
  EXPECT_EQ(chunk(fields("10", "100", "1000")).range, (ByteRange{900, 1000}));
}

TEST(Resumable, AFileSmallerThanAChunkIsOneChunk) {
  EXPECT_EQ(chunk(fields("1", "100", "1")).range, (ByteRange{0, 1}));
  EXPECT_EQ(chunk(fields("1", "100", "100")).range, (ByteRange{0, 100}));
  EXPECT_EQ(chunk(fields("1", std::to_string(kMax), "5")).range, (ByteRange{0, 5}));
}

// 1050 bytes in chunks of 100: floor says that the 10th holds 150 bytes, ceil that there is an 11th of 50.
TEST(Resumable, TheFloorRuleLetsTheLastChunkTakeTheRemainder) {
  const ByteRange longer{900, 1050};
  EXPECT_EQ(chunk(fields("10", "100", "1050", {{"resumableTotalChunks", "10"}})).range, longer);
  EXPECT_EQ(chunk(fields("10", "100", "1050", {{"resumableCurrentChunkSize", "150"}})).range, longer);
  EXPECT_EQ(chunk(fields("10", "100", "1050"), {.exact = 150, .at_most = {}}).range, longer);
}

TEST(Resumable, TheCeilRuleMakesTheRemainderAChunkOfItsOwn) {
  const ByteRange shorter{900, 1000};
  EXPECT_EQ(chunk(fields("10", "100", "1050", {{"resumableTotalChunks", "11"}})).range, shorter);
  EXPECT_EQ(chunk(fields("10", "100", "1050", {{"resumableCurrentChunkSize", "100"}})).range, shorter);
  EXPECT_EQ(chunk(fields("10", "100", "1050"), {.exact = 100, .at_most = {}}).range, shorter);
  EXPECT_EQ(chunk(fields("10", "100", "1050"), {.exact = {}, .at_most = 149}).range, shorter);
  EXPECT_EQ(chunk(fields("11", "100", "1050")).range, (ByteRange{1000, 1050}));
}

TEST(Resumable, OnlyTheChunkBeforeARemainderIsInDoubt) {
  for (int number = 1; number <= 11; ++number) {
    const Chunk read = chunk(fields(std::to_string(number), "100", "1050"));
    EXPECT_EQ(read.shorter.has_value(), number == 10) << number;
  }
  for (int number = 1; number <= 10; ++number)
    EXPECT_EQ(chunk(fields(std::to_string(number), "100", "1000")).shorter, std::nullopt) << number;
}

TEST(Resumable, WhatNobodyCanTellIsLeftToTheBody) {
  for (const Params& more : {Params{}, Params{{"resumableTotalChunks", "1"}}, Params{{"resumableTotalChunks", "x"}},
                             Params{{"resumableTotalChunks", "-10"}}, Params{{"resumableCurrentChunkSize", "7"}}}) {
    const Chunk read = chunk(fields("10", "100", "1050", more), {.exact = {}, .at_most = 5000});
    EXPECT_EQ(read.range, (ByteRange{900, 1050}));
    EXPECT_EQ(read.shorter, 100u);
  }
}

TEST(Resumable, TheNumberOfChunksMayLie) {
  const Params lie{{"resumableTotalChunks", "1"}};
  EXPECT_EQ(chunk(fields("7", "100", "1000", lie)).range, (ByteRange{600, 700}));
  const Chunk told =
      chunk(fields("10", "100", "1050", {{"resumableTotalChunks", "11"}, {"resumableCurrentChunkSize", "150"}}));
  EXPECT_EQ(told.range, (ByteRange{900, 1050}));  // the chunk's own size is believed first
  EXPECT_EQ(chunk(fields("10", "100", "1050", {{"resumableTotalChunks", "10"}}), {.exact = 100, .at_most = {}}).range,
            (ByteRange{900, 1000}));  // and then the body's
}

TEST(Resumable, ADeclaredLengthNeverMovesAnyOtherChunk) {
  const Params lie{{"resumableCurrentChunkSize", "99999999"}};
  EXPECT_EQ(chunk(fields("3", "100", "1050", lie), {.exact = 7, .at_most = {}}).range, (ByteRange{200, 300}));
  EXPECT_EQ(chunk(fields("11", "100", "1050", lie), {.exact = 7, .at_most = {}}).range, (ByteRange{1000, 1050}));
}

TEST(Resumable, NumbersMustBeWholeAndPositive) {
  for (const char* bad : {"", "0", "-1", "+1", "1.0", " 1", "1 ", "1e3", "0x1", "٣", "9223372036854775808",
                          "18446744073709551616", "99999999999999999999999"}) {
    EXPECT_TRUE(refusal(fields(bad, "100", "1000")).starts_with("resumableChunkNumber ")) << bad;
    EXPECT_TRUE(refusal(fields("1", bad, "1000")).starts_with("resumableChunkSize ")) << bad;
    EXPECT_TRUE(refusal(fields("1", "100", bad)).starts_with("resumableTotalSize ")) << bad;
  }
}

TEST(Resumable, AChunkBehindTheEndIsRefusedWithoutOverflow) {
  const std::string max = std::to_string(kMax);
  EXPECT_EQ(refusal(fields("11", "100", "1000")), "resumableChunkNumber lies behind the end of the file");
  EXPECT_EQ(refusal(fields(max, max, max)), "resumableChunkNumber lies behind the end of the file");
  EXPECT_EQ(refusal(fields(max, "2", max)), "resumableChunkNumber lies behind the end of the file");
  EXPECT_EQ(refusal(fields("4611686018427387905", "4", "4")), "resumableChunkNumber lies behind the end of the file");
  EXPECT_EQ(chunk(fields(max, "1", max)).range, (ByteRange{kMax - 1, kMax}));
  EXPECT_EQ(chunk(fields("2", "4611686018427387904", max)).range, (ByteRange{4611686018427387904u, kMax}));
}

TEST(Resumable, AFieldThatIsMissingIsNamed) {
  for (const char* name : {"resumableChunkNumber", "resumableChunkSize", "resumableTotalSize", "resumableIdentifier"}) {
    Params some;
    for (const auto& [key, value] : fields("1", "1", "1"))
      if (key != name) some.add(key, value);
    EXPECT_EQ(refusal(some), std::string(name) + " is missing");
  }
}

TEST(Resumable, BoundsTheIdentifier) {
  Params all{{"resumableChunkNumber", "1"}, {"resumableChunkSize", "1"}, {"resumableTotalSize", "1"}};
  all.add("resumableIdentifier", std::string(1025, 'x'));
  EXPECT_EQ(refusal(all), "resumableIdentifier is too long");
}

TEST(Resumable, AnIdentifierLosesAllButLettersDigitsAndDashes) {
  EXPECT_EQ(reduce_identifier("123-video_mp4"), "123-video_mp4");
  EXPECT_EQ(reduce_identifier("video.mp4"), "videomp4");
  EXPECT_EQ(reduce_identifier("../../etc/passwd"), "etcpasswd");
  EXPECT_EQ(reduce_identifier(std::string("a\0b' --<c>\r\n", 11)), "ab--c");
}

TEST(Resumable, NamesThatReduceToTheSameLettersOrToNoneStayApart) {
  std::set<std::string> seen;
  for (const char* identifier :
       {"été.mp4", "ôtô.mp4", "tmp4", "視頻.mp4", "影片.mp4", "mp4", ".", "..", "/", "\xff", "\xfe"}) {
    const std::string reduced = reduce_identifier(identifier);
    EXPECT_TRUE(seen.insert(reduced).second) << identifier;
    EXPECT_FALSE(reduced.empty());
    EXPECT_EQ(reduced.find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-."),
              std::string::npos);
    EXPECT_EQ(reduced.find(".."), std::string::npos);
  }
}

TEST(Resumable, KnowsItsFieldsByName) {
  EXPECT_TRUE(is_resumable_field("resumableChunkNumber"));
  EXPECT_TRUE(is_resumable_field("ResumableType"));
  EXPECT_TRUE(is_resumable_field("resumable"));
  EXPECT_FALSE(is_resumable_field("resumabl"));
  EXPECT_FALSE(is_resumable_field("title"));
}

}  // namespace
}  // namespace stile::dialects
