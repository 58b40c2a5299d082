#include "base/visible.h"

#include <gtest/gtest.h>

#include <string>

namespace stile {
namespace {

TEST(Visible, OrdinaryTextOfAllAlphabetsIs) {
  for (const std::string text :
       {"a", "~", " ", "\u00a0", "\u00e9", "\u05e9", "\u6f22", "\U0001f648", "\u200d", "\u200c"}) {
    const Character first = first_character(text + "x");
    EXPECT_TRUE(first.visible) << text;
    EXPECT_EQ(first.bytes, text.size()) << text;
  }
  EXPECT_EQ(first_character("\u6f22").code, U'\u6f22');
  EXPECT_EQ(first_character("\U0001f648").code, U'\U0001f648');
}

TEST(Visible, WhatCommandsEndsALineTurnsOrHidesIsNot) {
  for (int c = 0; c < 0x20; ++c) EXPECT_FALSE(first_character(std::string(1, static_cast<char>(c))).visible) << c;
  for (const std::string text : {"\x7f", "\u0080", "\u009b", "\u009f", "\u061c", "\u200b", "\u200e", "\u200f", "\u2028",
                                 "\u2029", "\u202a", "\u202e", "\u2066", "\u2069", "\ufeff"}) {
    const Character first = first_character(text + "x");
    EXPECT_FALSE(first.visible);
    EXPECT_EQ(first.bytes, text.size());
  }
  EXPECT_EQ(first_character("\u202e").code, U'\u202e');
}

TEST(Visible, BytesThatAreNoUtf8AreTakenOneByOne) {
  for (const std::string text : {"\x80", "\xff", "\xc0\xaf", "\xed\xa0\x80", "\xe2\x80", "\xf4\x90\x80\x80", "\xc3"}) {
    const Character first = first_character(text);
    EXPECT_FALSE(first.visible);
    EXPECT_EQ(first.bytes, 1u);
    EXPECT_EQ(first.code, static_cast<unsigned char>(text[0]));
  }
}

}  // namespace
}  // namespace stile
