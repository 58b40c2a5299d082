#include "notify/callback_url.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace stile::notify {
namespace {

CallbackFacts success(std::string_view return_url) {
  CallbackFacts facts;
  facts.return_url = return_url;
  facts.domain = "videos.example.com";
  facts.token = "T";
  facts.photo_id = 12345;
  facts.tree_id = 97531;
  facts.photo_token = "K";
  return facts;
}

constexpr std::string_view kAdded = "domain=videos.example.com&upload_token=T&photo_id=12345&tree_id=97531&token=K";

TEST(CallbackUrl, PutsTheDocumentedParametersAfterTheOwnQuery) {
  EXPECT_EQ(callback_url(success("http://a.example/upload/callback?theme=green")),
            "http://a.example/upload/callback?theme=green&" + std::string(kAdded));
}

TEST(CallbackUrl, KeepsEveryShapeOfReturnUrlByteForByte) {
  struct Case {
    std::string_view return_url;
    std::string before;
    std::string after;
  };
  const Case cases[] = {
      {"http://a.example", "http://a.example?", ""},
      {"http://a.example/cb", "http://a.example/cb?", ""},
      {"http://a.example/cb?", "http://a.example/cb?", ""},
      {"http://a.example/cb?x=1&", "http://a.example/cb?x=1&", ""},
      {"http://a.example/cb?x=%7e&&y", "http://a.example/cb?x=%7e&&y&", ""},
      {"http://a.example/cb?u=b?c/d", "http://a.example/cb?u=b?c/d&", ""},
      {"http://a.example/cb?u=b?", "http://a.example/cb?u=b?&", ""},
      {"http://a.example/cb#done", "http://a.example/cb?", "#done"},
      {"http://a.example/cb?x=1#a?b", "http://a.example/cb?x=1&", "#a?b"},
      {"http://a.example/cb?ids[]=1", "http://a.example/cb?ids[]=1&", ""},
      {"http://a.example/caf\xC3\xA9 bar?q=a b#\xC3\xA9", "http://a.example/caf%C3%A9%20bar?q=a%20b&", "#%C3%A9"},
  };
  for (const Case& c : cases)
    EXPECT_EQ(callback_url(success(c.return_url)), c.before + std::string(kAdded) + c.after) << c.return_url;
}

TEST(CallbackUrl, TellsAFailureWithTheErrorMessageAlone) {
  CallbackFacts facts = success("http://a.example/cb");
  facts.error_message = "The file is empty & useless";
  EXPECT_EQ(callback_url(facts),
            "http://a.example/cb?domain=videos.example.com&upload_token=T&error_message=The+file+is+empty+%26+useless");
}

TEST(CallbackUrl, NamesAReplaceToken) {
  CallbackFacts facts = success("http://a.example/cb");
  facts.token_name = "replace_token";
  EXPECT_NE(callback_url(facts).find("?domain=videos.example.com&replace_token=T&photo_id="), std::string::npos);
}

TEST(CallbackUrl, FormEncodesNamesAndValues) {
  CallbackFacts facts = success("http://a.example/cb");
  const Params extras{{"na me", "a b&c=d"}, {"\xC3\xA9", "1+1\r\n"}, {"empty", ""}};
  facts.token_extras = &extras;
  EXPECT_EQ(callback_url(facts),
            "http://a.example/cb?" + std::string(kAdded) + "&na+me=a+b%26c%3Dd&%C3%A9=1%2B1%0D%0A&empty=");
}

TEST(CallbackParams, ListTokenExtrasBeforeRedeemExtras) {
  CallbackFacts facts = success("http://a.example/cb");
  const Params token{{"b", "1"}, {"a", "2"}, {"b", "3"}};
  const Params redeem{{"z", "4"}, {"c", "5"}, {"z", "6"}};
  facts.token_extras = &token;
  facts.redeem_extras = &redeem;
  EXPECT_EQ(callback_params(facts), (Params{{"domain", "videos.example.com"},
                                            {"upload_token", "T"},
                                            {"photo_id", "12345"},
                                            {"tree_id", "97531"},
                                            {"token", "K"},
                                            {"b", "1"},
                                            {"a", "2"},
                                            {"b", "3"},
                                            {"z", "4"},
                                            {"c", "5"},
                                            {"z", "6"}}));
}

TEST(CallbackParams, RedeemValueTakesTheTokenExtrasPlace) {
  CallbackFacts facts = success("http://a.example/cb");
  const Params token{{"first", "1"}, {"both", "old"}, {"last", "3"}, {"both", "older"}};
  const Params redeem{{"new", "4"}, {"both", "a"}, {"both", "b"}};
  facts.token_extras = &token;
  facts.redeem_extras = &redeem;
  const Params all = callback_params(facts);
  const std::vector<Params::Pair> extras(all.begin() + 5, all.end());
  EXPECT_EQ(extras,
            (std::vector<Params::Pair>{{"first", "1"}, {"both", "a"}, {"both", "b"}, {"last", "3"}, {"new", "4"}}));
}

TEST(CallbackParams, ExtrasNeverShadowReservedNamesOrTheOwnQuery) {
  const Params hostile{
      {"domain", "x"},   {"upload_token", "x"},  {"replace_token", "x"}, {"photo_id", "x"},   {"tree_id", "x"},
      {"token", "x"},    {"error_message", "x"}, {"photo_id[]", "x"},    {"photo_id[a", "x"}, {"photo.id", "x"},
      {"photo id", "x"}, {" photo_id", "x"},     {"PHOTO_ID", "x"},      {"theme", "x"},      {"Theme[]", "x"},
      {"my name", "x"},  {"fine", "1"},          {"photo_ids", "2"},     {"", "3"},           {"[", "4"}};
  for (const bool from_token : {true, false}) {
    CallbackFacts facts = success("http://a.example/cb?theme=green&my+name=2&broken%zz=1#fine=3");
    (from_token ? facts.token_extras : facts.redeem_extras) = &hostile;
    const Params all = callback_params(facts);
    const std::vector<Params::Pair> extras(all.begin() + 5, all.end());
    EXPECT_EQ(extras, (std::vector<Params::Pair>{{"fine", "1"}, {"photo_ids", "2"}, {"", "3"}, {"[", "4"}}));
  }
}

TEST(BackgroundCallbackUrl, DropsExtrasFromTheEndUntilItFits) {
  CallbackFacts facts = success("http://a.example/cb#end");
  const Params extras{
      {"a", std::string(500, 'a')}, {"b", std::string(500, 'b')}, {"c", std::string(500, 'c')}, {"d", "1"}};
  facts.redeem_extras = &extras;
  const std::string url = background_callback_url(facts);
  EXPECT_EQ(url, "http://a.example/cb?" + std::string(kAdded) + "&a=" + std::string(500, 'a') +
                     "&b=" + std::string(500, 'b') + "#end");
  EXPECT_GT(callback_url(facts).size(), kMaxRedirectUrl);
}

TEST(BackgroundCallbackUrl, MayBeExactlyAsLongAsTheLimit) {
  CallbackFacts facts = success("http://a.example/cb");
  const std::size_t room = kMaxRedirectUrl - callback_url(facts).size() - std::string_view("&a=").size();
  for (const std::size_t length : {room - 1, room, room + 1}) {
    const Params extras{{"a", std::string(length, 'x')}};
    facts.token_extras = &extras;
    EXPECT_EQ(background_callback_url(facts) == callback_url(facts), length <= room) << length;
    EXPECT_LE(background_callback_url(facts).size(), kMaxRedirectUrl);
  }
}

TEST(BackgroundCallbackUrl, NeverDropsADocumentedParameter) {
  const std::string long_url = "http://a.example/" + std::string(2000, 'p');
  CallbackFacts facts = success(long_url);
  const Params extras{{"a", "1"}};
  facts.token_extras = &extras;
  EXPECT_EQ(background_callback_url(facts), long_url + "?" + std::string(kAdded));
}

TEST(CheckReturnUrl, AcceptsWhatBackEndsUse) {
  for (const std::string_view url :
       {"http://a.example", "https://a.example/", "HTTPS://A.Example:8443/cb?x=1&y=2#z", "http://localhost:8080/cb",
        "http://127.0.0.1:1/cb", "http://[::1]:65535/cb", "http://[2001:db8::1]/", "http://a_b.example./cb",
        "http://xn--bcher-kva.example/", "http://a.example/caf\xC3\xA9 bar?q=\xC3\xA9 b", "http://a.example?x=1",
        "http://a.example/cb?ids[]=1&u=http://b.example/?c",
        "http://a.example/%41%2F;a=b,c(d)'*!$@:", "http://1.2.3.4.example/", "http://a.example/cb?mail=a@b.example",
        "http://7up.example/", "http://0x.example/"}) {
    const auto result = check_return_url(url);
    EXPECT_TRUE(result) << url << ": " << (result ? "" : result.error().message);
  }
}

TEST(CheckReturnUrl, RefusesWhatIsNotOneOrIsReadInTwoWays) {
  using namespace std::string_view_literals;
  for (const std::string_view url : {""sv,
                                     "/cb"sv,
                                     "a.example/cb"sv,
                                     "//a.example/cb"sv,
                                     "ftp://a.example/"sv,
                                     "javascript:alert(1)"sv,
                                     "file:///etc/passwd"sv,
                                     "data:text/html,x"sv,
                                     "http:a.example"sv,
                                     "http:/a.example"sv,
                                     "http:///a.example"sv,
                                     "http://"sv,
                                     "http://:80/"sv,
                                     "http://?x"sv,
                                     "http://#x"sv,
                                     " http://a.example/"sv,
                                     "http ://a.example/"sv,
                                     "http://u@a.example/"sv,
                                     "http://u:p@a.example/"sv,
                                     "http://@a.example/"sv,
                                     "http://a.example@b.example/"sv,
                                     "http://a.example\\@b.example/"sv,
                                     "http://a.example\\b"sv,
                                     "http:\\\\a.example\\"sv,
                                     "http://a.example/b\\c"sv,
                                     "http://a.example/\tb"sv,
                                     "ht\ntp://a.example/"sv,
                                     "http://a.example/\r\nX: y"sv,
                                     "http://a.example/\0"sv,
                                     "http://a.example/\x7f"sv,
                                     "http://a.example/\xff"sv,
                                     "http://a.example:0/"sv,
                                     "http://a.example:65536/"sv,
                                     "http://a.example:/"sv,
                                     "http://a.example:-1/"sv,
                                     "http://a.example:+1/"sv,
                                     "http://a.example:8x/"sv,
                                     "http://a.example:000080/"sv,
                                     "http://a.example:80:80/"sv,
                                     "http://b\xC3\xBC"
                                     "cher.example/"sv,
                                     "http://a%2eexample/"sv,
                                     "http://a b.example/"sv,
                                     "http://a..example/"sv,
                                     "http://.example/"sv,
                                     "http://a.example,b.example/"sv,
                                     "http://[::1/"sv,
                                     "http://[::1]a/"sv,
                                     "http://[::g]/"sv,
                                     "http://[]/"sv,
                                     "http://[v1.a]/"sv,
                                     "http://[fe80::1%25eth0]/"sv,
                                     "http://2130706433/"sv,
                                     "http://0x7f.1/"sv,
                                     "http://127.1/"sv,
                                     "http://1.2.3.4.5/"sv,
                                     "http://256.1.1.1/"sv,
                                     "http://01.2.3.4/"sv,
                                     "http://1.2.3.4./"sv,
                                     "http://a.0x/"sv,
                                     "http://a.example/%zz"sv,
                                     "http://a.example/%4"sv,
                                     "http://a.example/<b>"sv,
                                     "http://a.example/?x=\"y\""sv,
                                     "http://a.example/{id}"sv,
                                     "http://a.example/?x=a|b"sv,
                                     "http://a.example/[1]"sv,
                                     "http://a.example/#a#b"sv}) {
    const auto result = check_return_url(url);
    ASSERT_FALSE(result) << url;
    EXPECT_EQ(result.error().code, Errc::invalid_input) << url;
    EXPECT_TRUE(result.error().message.starts_with("return_url ")) << result.error().message;
  }
}

TEST(CheckReturnUrl, BoundsTheLength) {
  const std::string longest = "http://a.example/" + std::string(kMaxReturnUrl - 17, 'x');
  EXPECT_TRUE(check_return_url(longest));
  EXPECT_FALSE(check_return_url(longest + "x"));
}

}  // namespace
}  // namespace stile::notify
