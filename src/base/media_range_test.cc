#include "base/media_range.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace stile {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

TEST(MediaRange, IsATypeOrAWholeKind) {
  for (const char* good : {"image/jpeg", "video/*", "image/svg+xml", "audio/x-flac", "video/vnd.dlna.mpeg-tts"})
    EXPECT_TRUE(is_media_range(good)) << good;
  for (const char* bad : {"", "image", "image/", "/jpeg", "*/*", "*", "image/*/x", "Image/jpeg", "image/j peg",
                          "image/jpeg;q=1", "image/\"", "image/**"})
    EXPECT_FALSE(is_media_range(bad)) << bad;
}

TEST(MediaRange, ListsAreTidied) {
  EXPECT_THAT(parse_media_ranges(" Image/JPEG ,video/*,image/jpeg"), Optional(ElementsAre("image/jpeg", "video/*")));
  EXPECT_THAT(parse_media_ranges("  "), Optional(IsEmpty()));
  for (const char* bad : {"image/jpeg,", ",", "image/jpeg;video/*", "image/jpeg,,video/*"})
    EXPECT_EQ(parse_media_ranges(bad), std::nullopt) << bad;
  EXPECT_EQ(join_media_ranges({"a/b", "c/*"}), "a/b, c/*");
}

TEST(MediaRange, AKindCoversItsTypesAndNoOther) {
  EXPECT_TRUE(covers("image/*", "image/jpeg"));
  EXPECT_TRUE(covers("image/*", "image/*"));
  EXPECT_TRUE(covers("image/png", "image/png"));
  EXPECT_FALSE(covers("image/*", "images/jpeg"));
  EXPECT_FALSE(covers("image/png", "image/*"));
  EXPECT_FALSE(covers("image/png", "image/png2"));
}

}  // namespace
}  // namespace stile
