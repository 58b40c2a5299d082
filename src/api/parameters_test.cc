#include "api/parameters.h"

#include <gtest/gtest.h>

#include <limits>

namespace stile::api {
namespace {

constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

TEST(ParameterReader, EmptyAndAbsentParametersAreTheirDefaults) {
  const Params params{{"a", ""}};
  ParameterReader reader(params);
  for (auto name : {"a", "b"}) {
    EXPECT_EQ(reader.text(name, 0), "");
    EXPECT_EQ(reader.title(name, 0), "");
    EXPECT_EQ(reader.description(name, 0), "");
    EXPECT_TRUE(reader.flag(name, true));
    EXPECT_FALSE(reader.flag(name, false));
    EXPECT_EQ(reader.clamped(name, 5, 1, 9), 5);
    EXPECT_EQ(reader.id(name), 0);
    EXPECT_EQ(reader.date(name), std::nullopt);
    EXPECT_EQ(reader.link(name, 0), "");
  }
  EXPECT_FALSE(reader.problem());
}

TEST(ParameterReader, SaturatesHugeNumbers) {
  const Params params{{"high", "9223372036854775808"}, {"low", "-9223372036854775809"}, {"max", "9223372036854775807"}};
  ParameterReader reader(params);
  EXPECT_EQ(reader.clamped("high", 0, kMin, kMax), kMax);
  EXPECT_EQ(reader.clamped("low", 0, kMin, kMax), kMin);
  EXPECT_EQ(reader.clamped("max", 0, kMin, kMax), kMax);
  EXPECT_FALSE(reader.problem());
}

TEST(ParameterReader, RemembersTheFirstProblemOnly) {
  const Params params{{"a", "x"}, {"b", "y"}};
  ParameterReader reader(params);
  EXPECT_EQ(reader.clamped("b", 5, 1, 9), 5);
  EXPECT_FALSE(reader.flag("a", false));
  reader.complain(Code::invalid_album, "later");
  EXPECT_EQ(reader.problem(), problem(Code::invalid_input, "b must be a number"));
}

TEST(ParameterReader, TakesTheFirstOfRepeatedParameters) {
  const Params params{{"a", "1"}, {"a", "2"}};
  ParameterReader reader(params);
  EXPECT_EQ(reader.id("a"), 1);
}

TEST(ParameterReader, NamesTheParameterWhoseMarkupCannotBeRead) {
  std::string deep;
  for (int i = 0; i < 300; ++i) deep += "<b>x";
  const Params params{{"about", deep}};
  ParameterReader reader(params);
  EXPECT_EQ(reader.description("about", 10'000), "");
  EXPECT_EQ(reader.problem(), problem(Code::invalid_input, "about is nested too deeply"));
}

}  // namespace
}  // namespace stile::api
