#include "base/result.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace stile {
namespace {

constexpr int kCodes = static_cast<int>(Errc::io_error) + 1;  // io_error stands last

Result<int> half(int value) {
  if (value % 2 != 0) return fail(Errc::invalid_input, "odd", "because");
  return value / 2;
}

Result<std::string> quarter(int value) {
  STILE_TRY(half(value));
  STILE_TRY(half(value / 2));
  return std::to_string(value / 4);
}

TEST(Result, CarriesTheFirstErrorOut) {
  EXPECT_EQ(quarter(8).value(), "2");
  const auto failed = quarter(6);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Errc::invalid_input);
  EXPECT_EQ(failed.error().message, "odd");
  EXPECT_EQ(failed.error().cause, "because");
}

TEST(Errc, HasItsOwnNameForEveryCode) {
  std::set<std::string_view> names;
  for (int code = 0; code < kCodes; ++code) names.insert(to_string(static_cast<Errc>(code)));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(kCodes));
  EXPECT_FALSE(names.contains("unknown"));
}

TEST(Errc, IsTemporaryWhenTheSameRequestMaySucceedLater) {  // I7
  for (const auto code : {Errc::busy, Errc::disk_full, Errc::draining, Errc::poisoned, Errc::io_error, Errc::truncated})
    EXPECT_TRUE(is_temporary(code)) << to_string(code);
  for (const auto code :
       {Errc::invalid_input, Errc::token_expired, Errc::unsupported_type, Errc::too_large, Errc::limit})
    EXPECT_FALSE(is_temporary(code)) << to_string(code);
}

}  // namespace
}  // namespace stile
