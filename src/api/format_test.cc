#include "api/format.h"

#include <gtest/gtest.h>

namespace stile::api {
namespace {

using Syntax = Format::Syntax;
using Wrap = Format::Wrap;

Format read(const Params& params, Generation generation = Generation::v1) {
  return Format::from(params, generation).value();
}

Errc refused(const Params& params, Generation generation = Generation::v1) {
  const auto format = Format::from(params, generation);
  return format ? Errc::io_error : format.error().code;
}

TEST(Format, DefaultsToXmlInV1AndToBareJsonInV2) {
  EXPECT_EQ(read({}).syntax, Syntax::xml);
  EXPECT_FALSE(read({}).chosen);
  const Format v2 = read({}, Generation::v2);
  EXPECT_EQ(v2.syntax, Syntax::json);
  EXPECT_EQ(v2.wrap, Wrap::bare);
  EXPECT_TRUE(v2.v2_json());
}

TEST(Format, WrapsV1JsonInAVariable) {
  const Format format = read({{"format", "json"}});
  EXPECT_TRUE(format.chosen);
  EXPECT_EQ(format.wrap, Wrap::variable);
  EXPECT_EQ(format.wrap_name, "visual");
  EXPECT_EQ(read({{"format", "json"}, {"varname", "x"}}).wrap_name, "x");
  EXPECT_EQ(read({{"format", "json"}, {"varname", ""}}).wrap_name, "visual");
}

TEST(Format, RawCountsWhenPresentUnlessItSaysNo) {
  for (auto value : {"", "1", "t", "true", "anything"})
    EXPECT_EQ(read({{"format", "json"}, {"raw", value}}).wrap, Wrap::bare) << value;
  for (auto value : {"0", "f", "false", "no"})
    EXPECT_EQ(read({{"format", "json"}, {"raw", value}}).wrap, Wrap::variable) << value;
}

TEST(Format, CallbackWinsOverRawAndRawOverVarname) {
  const Params all{{"format", "json"}, {"raw", "1"}, {"varname", "x"}, {"callback", "f"}};
  EXPECT_EQ(read(all).wrap, Wrap::callback);
  EXPECT_EQ(read(all).wrap_name, "f");
  EXPECT_EQ(read({{"format", "json"}, {"raw", "1"}, {"varname", "x"}}).wrap, Wrap::bare);
  EXPECT_EQ(read({{"callback", "f"}}, Generation::v2).wrap, Wrap::callback);
}

TEST(Format, V2KnowsNeitherVarnameNorRaw) {
  EXPECT_EQ(read({{"varname", "x"}, {"raw", "0"}}, Generation::v2).wrap, Wrap::bare);
}

TEST(Format, V2HonoursAnExplicitFormat) {
  EXPECT_EQ(read({{"format", "xml"}}, Generation::v2).syntax, Syntax::xml);
  EXPECT_EQ(read({{"format", "JSON"}}, Generation::v2).syntax, Syntax::json);
}

TEST(Format, ReadsFieldsInV2Only) {
  EXPECT_EQ(read({{"fields", "photo_id, title,,"}}, Generation::v2).fields,
            (std::vector<std::string>{"photo_id", "title"}));
  EXPECT_TRUE(read({{"fields", "photo_id"}}).fields.empty());
  EXPECT_EQ(refused({{"fields", [] {
                        std::string names;
                        for (int i = 0; i < 201; ++i) names += "n" + std::to_string(i) + ",";
                        return names;
                      }()}},
                    Generation::v2),
            Errc::invalid_input);
}

TEST(Format, RefusesUnknownFormats) {
  for (auto value : {"yaml", "xml ", "json;", "<script>"}) {
    EXPECT_EQ(refused({{"format", value}}), Errc::invalid_input) << value;
    EXPECT_EQ(refused({{"format", value}}, Generation::v2), Errc::invalid_input) << value;
  }
}

TEST(Format, RefusesNamesThatAreNoIdentifiers) {
  for (const std::string& name :
       {std::string("alert(1)//"), std::string("a b"), std::string("a;b"), std::string("</script>"), std::string("a=1"),
        std::string("\"x\""), std::string("1a"), std::string(".a"), std::string("[0]"), std::string("a\n"),
        std::string("f\xc3\xa9"), std::string("a\xe2\x80\xa8"), std::string("a-b"), std::string(129, 'a')}) {
    EXPECT_FALSE(is_script_name(name)) << name;
    EXPECT_EQ(refused({{"format", "json"}, {"callback", name}}), Errc::invalid_input) << name;
    EXPECT_EQ(refused({{"format", "json"}, {"varname", name}}), Errc::invalid_input) << name;
    EXPECT_EQ(refused({{"callback", name}}, Generation::v2), Errc::invalid_input) << name;
  }
  for (const std::string& name : {std::string("visualplatform_12"), std::string("$.ajax.callbacks[0]"),
                                  std::string("_"), std::string(128, 'a')})
    EXPECT_TRUE(is_script_name(name)) << name;
}

TEST(Format, FallbackLeavesOutWhatIsNoGood) {
  const Format format = Format::fallback({{"format", "json"}, {"callback", "a(b"}, {"varname", "x"}}, Generation::v1);
  EXPECT_EQ(format.syntax, Syntax::json);
  EXPECT_EQ(format.wrap, Wrap::variable);
  EXPECT_EQ(format.wrap_name, "x");
  EXPECT_EQ(Format::fallback({{"format", "json"}, {"varname", "a(b"}}, Generation::v1).wrap_name, "visual");
  EXPECT_EQ(Format::fallback({{"format", "yaml"}}, Generation::v2).syntax, Syntax::json);
}

TEST(Format, KnowsTheFormattingParameters) {
  for (auto name : {"format", "raw", "callback", "varname", "fields", "time", "oauth_nonce"})
    EXPECT_TRUE(is_formatting_parameter(name)) << name;
  for (auto name : {"Format", "title", "oauth", "callback_url", ""}) EXPECT_FALSE(is_formatting_parameter(name)) << name;
}

}  // namespace
}  // namespace stile::api
