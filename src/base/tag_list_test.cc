#include "base/tag_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"

namespace stile {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(TagList, SplitsAtSpacesAndCommas) {
  EXPECT_THAT(split_tags("oslo  sea,boat, \t sky"), ElementsAre("oslo", "sea", "boat", "sky"));
  EXPECT_THAT(split_tags(""), IsEmpty());
  EXPECT_THAT(split_tags(" ,, \"\" , \" \""), IsEmpty());
}

TEST(TagList, KeepsQuotedWordsTogether) {
  EXPECT_THAT(split_tags("\"summer house\" a \"b, c\""), ElementsAre("summer house", "a", "b, c"));
  EXPECT_THAT(split_tags("place:\"New York\""), ElementsAre("place:New York"));
  EXPECT_THAT(split_tags("a \"never closed, b"), ElementsAre("a", "never closed, b"));
}

TEST(TagList, DropsRepetitionsWhateverTheirCase) {
  EXPECT_THAT(split_tags("Oslo oslo OSLO Bergen"), ElementsAre("Oslo", "Bergen"));
}

TEST(TagList, IsBounded) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "t" + std::to_string(i) + " ";
  EXPECT_EQ(split_tags(text).size(), kMaxTags);
  std::string wide = "x";
  while (wide.size() < 1000) wide += "ø";
  const auto tags = split_tags(wide);
  ASSERT_EQ(tags.size(), 1u);
  EXPECT_LE(tags.front().size(), kMaxTagBytes);
  EXPECT_TRUE(is_valid_utf8(tags.front()));
}

TEST(TagList, ATagThatIsCutBehindASpaceLosesTheSpace) {
  const std::string word(kMaxTagBytes - 1, 'a');
  EXPECT_EQ(split_tags("\"" + word + " b\" " + word), std::vector{word});
}

}  // namespace
}  // namespace stile
