#include "auth/level.h"

#include <gtest/gtest.h>

namespace stile::auth {
namespace {

TEST(Level, NamesAndLevelsAreOneToOne) {
  for (auto level : {Level::none, Level::anonymous, Level::read, Level::write, Level::admin, Level::super})
    EXPECT_EQ(parse_level(level_name(level)), level);
  EXPECT_EQ(level_name(Level::super), "super");
  EXPECT_EQ(level_name(Level::none), "none");
}

TEST(Level, RefusesOtherNames) {
  for (auto name : {"", "Write", "writ", "write ", "root", "5"}) EXPECT_EQ(parse_level(name), std::nullopt) << name;
}

TEST(Caller, MayWhatLowerLevelsMay) {
  Caller writer{.level = Level::write, .user_id = 7};
  EXPECT_TRUE(writer.may(Level::none));
  EXPECT_TRUE(writer.may(Level::read));
  EXPECT_TRUE(writer.may(Level::write));
  EXPECT_FALSE(writer.may(Level::admin));
  EXPECT_FALSE(Caller{}.may(Level::read));
}

}  // namespace
}  // namespace stile::auth
