#include "app/printing.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace stile::app {
namespace {

TEST(Printable, LeavesTextAsItIs) {
  for (const char* text : {"", "holiday.jpg", "C:\\x \"y\" 'z'", "été 漢字 🙈", "a\u00a0b"}) {
    EXPECT_EQ(printable(text), text);
    EXPECT_EQ(printable_json(text), text);
  }
}

TEST(Printable, CommandsNoTerminalForgesNoLineAndDisguisesNothing) {
  EXPECT_EQ(printable("a\nphoto_id 7\r\t"), "a\\nphoto_id 7\\x0d\\x09");
  EXPECT_EQ(printable("\x1b]0;x\x07\x7f"), "\\x1b]0;x\\x07\\x7f");
  EXPECT_EQ(printable("a\u009b31m"), "a\\x9b31m");
  EXPECT_EQ(printable("photo\u202egpj.exe\u2028\ufeff"), "photo\\u202egpj.exe\\u2028\\ufeff");
  EXPECT_EQ(printable("\xff\xc3"), "\\xff\\xc3");
}

TEST(Printable, JsonStaysTheSameJson) {
  const boost::json::value said{{"name", "a\n\x1b[2J\x7f\u009b\u202e\u2029\ufeff\"\\é"}};
  const std::string text = printable_json(boost::json::serialize(said));
  EXPECT_EQ(boost::json::parse(text), said);
  EXPECT_TRUE(text.contains("\\u001b[2J\\u007f\\u009b\\u202e\\u2029\\ufeff")) << text;
}

}  // namespace
}  // namespace stile::app
