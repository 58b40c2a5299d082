#include "api/variables.h"

#include <gtest/gtest.h>

namespace stile::api {
namespace {

TEST(Variables, ANameMeansNothingElse) {
  for (const char* good : {"project", "customer_id", "A1", "x"}) EXPECT_EQ(why_no_variable(good), "") << good;
  // Of parameters, of properties of photos in any format, of the transport, in any case.
  for (const char* taken : {"title", "TITLE", "album_id", "max_file_bytes", "upload_token", "custom_variable_mode",
                            "medium_width", "content_text", "tags", "one", "publish_date_ansi", "video_length_fmt",
                            "format", "callback", "fields", "oauth_token", "resumableThing", "file", "endpoint",
                            "poster_size", "poster_download"})
    EXPECT_NE(why_no_variable(taken).find("means something"), std::string::npos) << taken;
  for (const std::string bad : {"", "2nd", "_x", "a-b", "a b", "ä", "a.b", "<a>"})
    EXPECT_NE(why_no_variable(bad).find("must be letters"), std::string::npos) << bad;
  for (const char* of_xml : {"xmlns", "xml", "XmlNs"})
    EXPECT_NE(why_no_variable(of_xml).find("XML's own"), std::string::npos) << of_xml;
  EXPECT_EQ(why_no_variable(std::string(kMaxVariableKey, 'x')), "");
  EXPECT_NE(why_no_variable(std::string(kMaxVariableKey + 1, 'x')), "");
}

TEST(Variables, AreReadInTheOrderOfTheSettings) {
  const VariableRules rules{.keys = {"b", "a", "c"}, .max_value = 5};
  const Params params{{"a", "1"}, {"x", "2"}, {"c", ""}, {"b", "3"}, {"a", "4"}, {"B", "5"}};
  ParameterReader reader(params);
  EXPECT_EQ(read_variables(params, rules, EmptyValues::left_out, reader), (Params{{"b", "3"}, {"a", "1"}}));
  EXPECT_EQ(read_variables(params, rules, EmptyValues::kept, reader), (Params{{"b", "3"}, {"a", "1"}, {"c", ""}}));
  EXPECT_FALSE(reader.problem());
  EXPECT_TRUE(is_variable(rules, "a"));
  EXPECT_FALSE(is_variable(rules, "A"));
}

TEST(Variables, AValueThatIsTooLongIsComplainedOf) {
  const VariableRules rules{.keys = {"a"}, .max_value = 5};
  const Params params{{"a", "123456"}};
  ParameterReader reader(params);
  (void)read_variables(params, rules, EmptyValues::kept, reader);
  ASSERT_TRUE(reader.problem());
  EXPECT_EQ(reader.problem()->code, Code::invalid_input);
}

}  // namespace
}  // namespace stile::api
