#include "base/text.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace stile {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

TEST(ParseU64, TakesWholeDecimalNumbersOnly) {
  EXPECT_EQ(parse_u64("0"), 0u);
  EXPECT_EQ(parse_u64("007"), 7u);
  EXPECT_EQ(parse_u64("18446744073709551615"), UINT64_MAX);
  for (const auto bad : {"", "18446744073709551616", "-1", "+5", " 5", "5 ", "0x10", "5, 5", "1e3", "5.0", "٣"})
    EXPECT_EQ(parse_u64(bad), std::nullopt) << bad;
  EXPECT_EQ(parse_u64("5\0"sv), std::nullopt);
}

TEST(ParseI64, TakesALeadingMinus) {
  EXPECT_EQ(parse_i64("-9223372036854775808"), INT64_MIN);
  EXPECT_EQ(parse_i64("12"), 12);
  for (const auto bad : {"-", "--1", "+1", "9223372036854775808", ""}) EXPECT_EQ(parse_i64(bad), std::nullopt) << bad;
}

TEST(ParseFlag, KnowsEveryDocumentedSpelling) {
  for (const auto yes : {"1", "t", "TRUE", "Yes"}) EXPECT_EQ(parse_flag(yes), true) << yes;
  for (const auto no : {"0", "f", "False", "NO"}) EXPECT_EQ(parse_flag(no), false) << no;
  for (const auto bad : {"", "2", "on", "y", " 1"}) EXPECT_EQ(parse_flag(bad), std::nullopt) << bad;
}

TEST(PercentEncode, LeavesUnreservedCharactersOnly) {
  EXPECT_EQ(percent_encode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(percent_encode("a b+c/ø\0"sv), "a%20b%2Bc%2F%C3%B8%00");
  EXPECT_EQ(form_encode("a b+c"), "a+b%2Bc");
}

TEST(PercentDecode, RefusesBrokenEscapes) {
  EXPECT_EQ(percent_decode("a%20b+c", Plus::is_plus), "a b+c");
  EXPECT_EQ(percent_decode("a%20b+c", Plus::is_space), "a b c");
  EXPECT_EQ(percent_decode("%c3%B8", Plus::is_plus), "ø");
  for (const auto bad : {"%", "%2", "a%2", "%zz", "%2g", "%%20", "% 20"})
    EXPECT_EQ(percent_decode(bad, Plus::is_plus), std::nullopt) << bad;
}

TEST(PercentEncode, IsUndoneByDecodeForEveryByte) {
  std::string all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
  EXPECT_EQ(percent_decode(percent_encode(all), Plus::is_plus), all);
  EXPECT_EQ(percent_decode(form_encode(all), Plus::is_space), all);
}

TEST(ParseForm, KeepsOrderAndRepeats) {
  const auto params = parse_form("b=1&a=2+3&b=%26&&empty=&bare&x=a=b&", 100);
  ASSERT_TRUE(params);
  EXPECT_EQ(*params, (Params{{"b", "1"}, {"a", "2 3"}, {"b", "&"}, {"empty", ""}, {"bare", ""}, {"x", "a=b"}}));
  EXPECT_EQ(parse_form("", 0).value(), Params{});
  EXPECT_EQ(readable_pairs("a=1&&b=%ff&%00&c=%&d=4&e=5", 2), (Params{{"a", "1"}, {"d", "4"}}));
}

TEST(ParseForm, RefusesWhatIsNotText) {
  for (const auto bad : {"a=%", "a=%ff", "%c0%80=1", "a=\xff", "a=%00"}) {
    const auto params = parse_form(bad, 100);
    ASSERT_FALSE(params) << bad;
    EXPECT_EQ(params.error().code, Errc::invalid_input);
  }
}

TEST(ParseForm, BoundsThePairs) {
  EXPECT_TRUE(parse_form("a=1&b=2&", 2));
  const auto params = parse_form("a=1&b=2&c=3", 2);
  ASSERT_FALSE(params);
  EXPECT_EQ(params.error().code, Errc::limit);
}

TEST(ToForm, IsUndoneByParseForm) {
  const Params params{{"a b", "ø&="}, {"", "x"}, {"plus", "+%"}};
  EXPECT_EQ(to_form(params), "a+b=%C3%B8%26%3D&=x&plus=%2B%25");
  EXPECT_EQ(parse_form(to_form(params), 10).value(), params);
}

TEST(IsValidUtf8, TakesTheBordersOfEveryLength) {
  for (const auto good : {""sv, "plain ascii, long enough for a word"sv, "\0"sv, "\x7f"sv, "\xC2\x80"sv, "\xDF\xBF"sv,
                          "\xE0\xA0\x80"sv, "\xED\x9F\xBF"sv, "\xEE\x80\x80"sv, "\xEF\xBF\xBF"sv, "\xF0\x90\x80\x80"sv,
                          "\xF4\x8F\xBF\xBF"sv, "1234567\xC3\xB8 12345678"sv})
    EXPECT_TRUE(is_valid_utf8(good)) << good;
}

TEST(IsValidUtf8, RefusesOverlongSurrogatesAndBeyond) {
  for (const auto bad : {"\x80"sv, "\xBF"sv, "\xC0\x80"sv, "\xC1\xBF"sv, "\xC2"sv, "\xC2\x41"sv, "\xE0\x9F\xBF"sv,
                         "\xED\xA0\x80"sv, "\xED\xBF\xBF"sv, "\xE2\x82"sv, "\xF0\x8F\xBF\xBF"sv, "\xF4\x90\x80\x80"sv,
                         "\xF5\x80\x80\x80"sv, "\xFF"sv, "\xF0\x90\x80"sv, "12345678\xFF"sv, "1234567\xE2\x82"sv})
    EXPECT_FALSE(is_valid_utf8(bad)) << bad;
}

TEST(Base64, KnowsTheVectorsOfRfc4648) {
  const std::pair<std::string_view, std::string_view> vectors[] = {{"", ""},
                                                                   {"f", "Zg=="},
                                                                   {"fo", "Zm8="},
                                                                   {"foo", "Zm9v"},
                                                                   {"foob", "Zm9vYg=="},
                                                                   {"fooba", "Zm9vYmE="},
                                                                   {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, coded] : vectors) {
    EXPECT_EQ(base64_encode(as_bytes(plain)), coded);
    EXPECT_EQ(base64_decode(coded), plain);
    EXPECT_EQ(base64_decode(coded.substr(0, coded.find('='))), plain) << "padding is optional";
  }
}

TEST(Base64, RefusesWhatNoEncoderWrites) {
  for (const auto bad : {"Z", "Zm9vZ", "Zg=", "Zg===", "=", "==", "====", "Zm9v====", "Zm 9v", "Zm9v\n", "Zm-_",
                         "Zh==", "Zm9=", "Z=g=", "=Zg="})
    EXPECT_EQ(base64_decode(bad), std::nullopt) << bad;
  EXPECT_EQ(base64_decode("Zm9\0"sv), std::nullopt);
  EXPECT_EQ(base64_decode("Zm9v\xff\xff\xff\xff"), std::nullopt);
}

TEST(Base64, IsUndoneByDecodeForRandomBytes) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 engine(seed);
  for (std::size_t length = 0; length < 200; ++length) {
    std::string plain(length, '\0');
    for (char& c : plain) c = static_cast<char>(engine());
    EXPECT_EQ(base64_decode(base64_encode(as_bytes(plain))), plain);
  }
}

TEST(HexEncode, IsLowerCase) { EXPECT_EQ(hex_encode(as_bytes("\x00\xAB\x7f"sv)), "00ab7f"); }

TEST(EscapeMarkup, LeavesNoWayOutOfTextOrAttribute) {
  EXPECT_EQ(escape_markup("<a href=\"x\">'&'</a>"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
}

TEST(ConstantTimeEqual, ComparesEveryByte) {
  EXPECT_TRUE(constant_time_equal("", ""));
  EXPECT_TRUE(constant_time_equal("abc", "abc"));
  EXPECT_FALSE(constant_time_equal("abc", "abd"));
  EXPECT_FALSE(constant_time_equal("abc", "ab"));
}

TEST(Sha256Hex, KnowsTheVectorOfFips180) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(AsciiText, LeavesOtherBytesAlone) {
  EXPECT_EQ(to_lower("AZaz09Ø"), "azaz09Ø");
  EXPECT_TRUE(iequals("Content-TYPE", "content-type"));
  EXPECT_FALSE(iequals("a", "ab"));
  EXPECT_FALSE(iequals("@", "`"));
  EXPECT_EQ(trim(" \t\r\n a b \n"), "a b");
  EXPECT_EQ(trim(" \t "), "");
}

TEST(Split, GivesOneMorePieceThanSeparators) {
  EXPECT_EQ(split("a,,b,", ','), (std::vector<std::string_view>{"a", "", "b", ""}));
  EXPECT_EQ(split("", ','), (std::vector<std::string_view>{""}));
}

}  // namespace
}  // namespace stile
