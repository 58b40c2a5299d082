#include "engine/token_limits.h"

#include <gtest/gtest.h>

#include "base/human_size.h"

namespace stile::engine {
namespace {

template <class T>
std::string words(const Result<T>& result) {
  return result ? "fine" : std::string(to_string(result.error().code)) + ": " + result.error().message;
}

TEST(TokenLimits, WithoutAnyEverythingIsFine) {
  const catalog::Token token;
  EXPECT_EQ(words(check_origin(token, "https://evil.example")), "fine");
  EXPECT_EQ(words(check_bytes(token, ~std::uint64_t{0})), "fine");
  EXPECT_EQ(words(check_type(token, "image/png")), "fine");
  EXPECT_EQ(most_bytes(token, 100), 100u);
}

TEST(TokenLimits, OnlyListedOriginsMayAndProgramsThatNameNone) {
  catalog::Token token;
  token.allowed_origins = "https://a.example, http://b.example:81";
  EXPECT_EQ(words(check_origin(token, std::nullopt)), "fine");
  EXPECT_EQ(words(check_origin(token, "https://a.example")), "fine");
  EXPECT_EQ(words(check_origin(token, "HTTP://b.example:81")), "fine");
  for (const char* other : {"http://a.example", "https://a.example:444", "https://xa.example", "null", "",
                            "https://a.example, http://b.example:81"})
    EXPECT_EQ(words(check_origin(token, other)), "permission_denied: This link cannot be used from this page") << other;
}

TEST(TokenLimits, AFileMayBeAsLargeAsTheTokenSays) {
  catalog::Token token;
  token.max_file_bytes = 5 << 20;
  EXPECT_EQ(words(check_bytes(token, 5 << 20)), "fine");
  EXPECT_EQ(words(check_bytes(token, (5 << 20) + 1)), "too_large: This link accepts files up to 5 MB");
  EXPECT_EQ(most_bytes(token, 100), 100u);
  EXPECT_EQ(most_bytes(token, 1 << 30), 5u << 20);
}

TEST(TokenLimits, WhatIsLeftOfAllBytesBoundsTheNextFile) {
  catalog::Token token;
  token.max_total_bytes = 3'000;
  token.received_bytes = 1'000;
  EXPECT_EQ(words(check_bytes(token, 2'000)), "fine");
  EXPECT_EQ(words(check_bytes(token, 2'001)),
            "too_large: This link accepts 2.9 KB of files together, and has room for 1.9 KB");
  EXPECT_EQ(most_bytes(token, 1 << 20), 2'000u);
  token.received_bytes = 4'000;
  EXPECT_EQ(most_bytes(token, 1 << 20), 0u);
  EXPECT_NE(words(check_bytes(token, 1)), "fine");
}

TEST(TokenLimits, TypesAreSaidInWords) {
  catalog::Token token;
  token.accepted_types = "image/jpeg, video/*, audio/x-flac";
  for (const char* good : {"image/jpeg", "video/mp4", "video/webm", "audio/x-flac"})
    EXPECT_EQ(words(check_type(token, good)), "fine") << good;
  for (const char* bad : {"image/png", "audio/mpeg", "", "video"})
    EXPECT_EQ(words(check_type(token, bad)),
              "unsupported_type: This link only accepts JPEG images, videos and FLAC sounds")
        << bad;
}

TEST(TokenLimits, SizesAreRoundedDownSoThatWhatIsSaidFits) {
  EXPECT_EQ(human_size(0), "0 bytes");
  EXPECT_EQ(human_size(1023), "1023 bytes");
  EXPECT_EQ(human_size(1024), "1 KB");
  EXPECT_EQ(human_size(5'000'000), "4.7 MB");
  EXPECT_EQ(human_size(std::uint64_t{3} << 40), "3 TB");
  EXPECT_EQ(human_size(std::uint64_t{4096} << 40), "4096 TB");
}

}  // namespace
}  // namespace stile::engine
