#include "web/upload_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "web/document.h"
#include "web/message_page.h"
#include "web/words.h"

namespace stile::web {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

UploadPageData ready() {
  UploadPageData data;
  data.upload_token = "abcDEF123";
  data.title = "Spring walk";
  data.endpoint = "/api/photo/redeem-upload-token";
  data.uploads_left = 3;
  data.max_uploads = 3;
  data.max_file_bytes = std::uint64_t{5} << 30;
  data.valid_until = 1'795'450'000;
  data.accepted_types = {"image/*", "video/mp4"};
  data.chunk_bytes = 8 << 20;
  data.site_name = "Example Films";
  return data;
}

TEST(UploadPage, SaysWhatMayBeSentHowManyHowLargeAndUntilWhen) {
  EXPECT_THAT(render_upload_page(ready()),
              AllOf(HasSubstr("<h1 id=\"title\">Spring walk</h1>"), HasSubstr("<li>Photos and videos</li>"),
                    HasSubstr(">Up to 3 files<"), HasSubstr("<li>Up to 5 GB each</li>"),
                    HasSubstr("<time datetime=\"2026-11-23T16:06:40Z\">23 November 2026, 16:06 UTC</time>"),
                    HasSubstr("<title>Spring walk – Example Films</title>")));
}

TEST(UploadPage, IsAPlainFormWithTheTokenBeforeTheFile) {
  std::string html = render_upload_page(ready());
  EXPECT_THAT(html, HasSubstr("<form id=\"form\" method=\"post\" enctype=\"multipart/form-data\" "
                              "action=\"/api/photo/redeem-upload-token\">"));
  EXPECT_THAT(html, HasSubstr("accept=\"image/*,video/*\""));
  EXPECT_LT(html.find("name=\"upload_token\" value=\"abcDEF123\""), html.find("name=\"file\""));
}

TEST(UploadPage, LeavesOutWhatIsNotLimited) {
  UploadPageData data = ready();
  data.max_file_bytes = 0;
  data.valid_until = 0;
  data.title.clear();
  data.accepted_types.clear();
  EXPECT_THAT(render_upload_page(data),
              AllOf(HasSubstr("Photos, videos and audio"), HasSubstr(std::string(words::default_title)),
                    Not(HasSubstr("<time")), Not(HasSubstr("GB each"))));
}

TEST(UploadPage, SaysHowManyFilesAreLeft) {
  UploadPageData data = ready();
  data.uploads_left = 1;
  EXPECT_THAT(render_upload_page(data), HasSubstr("1 more file<"));
  data.uploads_left = 2;
  EXPECT_THAT(render_upload_page(data), HasSubstr("2 more files<"));
  data.uploads_left = data.max_uploads = 1;
  EXPECT_THAT(render_upload_page(data), HasSubstr("One file<"));
}

TEST(UploadPage, LinksThatDoNotWorkHaveWordsButNoForm) {
  const std::pair<LinkState, std::string_view> cases[] = {{LinkState::used_up, words::used_up_title},
                                                          {LinkState::expired, words::expired_title},
                                                          {LinkState::revoked, words::revoked_title},
                                                          {LinkState::unknown, words::unknown_title}};
  for (const auto& [state, heading] : cases) {
    UploadPageData data = ready();
    data.state = state;
    EXPECT_THAT(render_upload_page(data),
                AllOf(HasSubstr("<h1>" + std::string(heading) + "</h1>"), Not(HasSubstr("<form"))));
  }
}

TEST(UploadPage, TextFromOutsideStaysText) {
  UploadPageData data = ready();
  data.title = "</script><script>x</script>\"'&";
  data.site_name = "<b>\xE2\x80\xA8";
  data.upload_token = "\"><i>";
  data.logo_url = "\"><u>";
  data.accent_color = "red;}</style>";
  std::string html = render_upload_page(data);
  EXPECT_THAT(html, AllOf(Not(HasSubstr("<script>")), Not(HasSubstr("<b>")), Not(HasSubstr("<i>")),
                          Not(HasSubstr("<u>")), Not(HasSubstr("</style>")), Not(HasSubstr("theme-color"))));
  EXPECT_THAT(
      html, HasSubstr("\"title\":\"\\u003c/script\\u003e\\u003cscript\\u003ex\\u003c/script\\u003e\\u0022'\\u0026\""));
  EXPECT_THAT(html, HasSubstr("\"site_name\":\"\\u003cb\\u003e\\u2028\""));
}

TEST(PageHeaders, AllowTheFormToBeRedirectedToOneOriginOnly) {
  EXPECT_THAT(page_headers().front().second,
              AllOf(HasSubstr("form-action 'self';"), HasSubstr("default-src 'none'"), Not(HasSubstr("unsafe"))));
  EXPECT_THAT(page_headers("https://films.example:8443").front().second,
              HasSubstr("form-action 'self' https://films.example:8443;"));
  for (const char* broken : {"https://x; script-src *", "javascript:alert(1)", "https://a b", "*", "https://a\r\nX: y"})
    EXPECT_EQ(page_headers(broken), page_headers()) << broken;
}

TEST(Assets, ArePresentAndFoundByTheirPaths) {
  for (const char* name : {"upload.js", "upload.css", "favicon.svg", "icons.svg"}) {
    const Asset& asset = asset_named(name);
    EXPECT_FALSE(asset.bytes.empty());
    EXPECT_EQ(find_asset(asset.path), &asset);
    EXPECT_THAT(render_upload_page(ready()),
                testing::AnyOf(HasSubstr(std::string(asset.path)), HasSubstr(std::string(asset.bytes))));
  }
  EXPECT_EQ(find_asset("/assets/upload.js"), nullptr);
  EXPECT_EQ(find_asset(""), nullptr);
}

TEST(AssetsDeathTest, AForgottenAssetAborts) { EXPECT_DEATH(asset_named("missing.js"), "broken invariant"); }

TEST(Document, FillsNamesAndKeepsUnknownOnes) {
  EXPECT_EQ(fill("{a} and {b}", {{"a", "1"}, {"b", "{a}"}}), "1 and {a}");
  EXPECT_EQ(fill("{c} {", {{"a", "1"}}), "{c} {");
}

TEST(Document, BytesAreRoundedDown) {
  EXPECT_EQ(human_bytes(0), "0 bytes");
  EXPECT_EQ(human_bytes(1023), "1023 bytes");
  EXPECT_EQ(human_bytes(1024), "1 kB");
  EXPECT_EQ(human_bytes(1'999'999), "1.9 MB");
  EXPECT_EQ(human_bytes(~std::uint64_t{0}), "16777215 TB");
}

TEST(MessagePage, EscapesAndLinks) {
  MessagePage page;
  page.tone = Tone::good;
  page.heading = "Thank <you>";
  page.text = "It's here";
  page.link_url = "https://a.example/?x=1&y=\"";
  page.link_text = "On";
  EXPECT_THAT(render_message_page(page),
              AllOf(HasSubstr("<h1>Thank &lt;you&gt;</h1>"), HasSubstr("class=\"notice good\""),
                    HasSubstr("href=\"https://a.example/?x=1&amp;y=&quot;\"")));
  EXPECT_THAT(render_home_page("Example Films"),
              AllOf(HasSubstr(std::string(words::home_title)), Not(HasSubstr("<form"))));
}

}  // namespace
}  // namespace stile::web
