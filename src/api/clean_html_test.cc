#include "api/clean_html.h"

#include <gtest/gtest.h>

namespace stile::api {
namespace {

std::string stripped(std::string_view text) { return strip_markup(text).value_or("(refused)"); }
std::string cleaned(std::string_view text) { return clean_html(text).value_or("(refused)"); }

std::string repeated(std::string_view text, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result.append(text);
  return result;
}

TEST(StripMarkup, LeavesPlainTextAlone) {
  EXPECT_EQ(stripped(""), "");
  EXPECT_EQ(stripped("Sommerfest 2026 – Blåbær \"quoted\" 'x'"), "Sommerfest 2026 – Blåbær \"quoted\" 'x'");
  EXPECT_EQ(stripped("  two  spaces  "), "two  spaces");
}

TEST(StripMarkup, RemovesTags) {
  EXPECT_EQ(stripped("<b>Bold</b> and <i>slanted</i>"), "Bold and slanted");
  EXPECT_EQ(stripped("<p>One</p><p>Two</p>"), "One Two");
  EXPECT_EQ(stripped("One<br>Two<br/>Three"), "One Two Three");
  EXPECT_EQ(stripped("<a href='javascript:x'>here</a><img src=x onerror=alert(1)>"), "here");
  EXPECT_EQ(stripped("Hi<script>alert('x')</script> there<style>b{}</style><!-- c -->"), "Hi there");
  EXPECT_EQ(stripped("<svg/onload=alert(1)>x"), "x");
  EXPECT_EQ(stripped("</body></html>after<b>wards"), "afterwards");
  EXPECT_EQ(stripped("unclosed <b"), "unclosed");
}

TEST(StripMarkup, KeepsAngleBracketsThatAreNoTags) {
  EXPECT_EQ(stripped("a < b"), "a < b");
  EXPECT_EQ(stripped("1<2 and 3>2"), "1<2 and 3>2");
  EXPECT_EQ(stripped("I <3 you, you </3 me"), "I <3 you, you </3 me");
  EXPECT_EQ(stripped("x <- y <= z"), "x <- y <= z");
  EXPECT_EQ(stripped("<<b>>x</b><"), "<>x<");
}

TEST(StripMarkup, DecodesEntitiesOnce) {
  EXPECT_EQ(stripped("Fish &amp; Chips & Peas, AT&T"), "Fish & Chips & Peas, AT&T");
  EXPECT_EQ(stripped("1 &lt; 2 &gt; 0, &lt;3"), "1 < 2 > 0, <3");
  EXPECT_EQ(stripped("&amp;lt;script&amp;gt;"), "&lt;script&gt;");
  EXPECT_EQ(stripped("&#233;&#xe9;"), "éé");
  EXPECT_EQ(stripped("a&#1;&#0;b"), "ab");
}

TEST(StripMarkup, FindsTagsThatWereWrittenAsEntities) {
  EXPECT_EQ(stripped("a&lt;b&gt;c"), "ac");
  EXPECT_EQ(stripped("&lt;script&gt;alert(1)&lt;/script&gt;x"), "x");
  EXPECT_EQ(stripped("&#60;img src=x onerror=alert(1)&#x3e;x"), "x");
  EXPECT_EQ(stripped("<b>&lt;</b>img src=x onerror=alert(1)&gt;x"), "x");
  EXPECT_EQ(stripped("&lt;a&gt;&amp;lt;img src=x onerror=alert(1)&amp;gt;x"), "x") << "once more, because of the first";
  const std::string deep = "&lt;a&gt;&amp;lt;b&amp;gt;&amp;amp;lt;c&amp;amp;gt;&amp;amp;amp;lt;d&amp;amp;amp;gt;";
  EXPECT_EQ(strip_markup(deep).error().code, Errc::invalid_input);
}

TEST(StripMarkup, TurnsControlCharactersIntoSpaces) {
  EXPECT_EQ(stripped("one\r\ntwo\x01three\x7f"), "one  two three");
  EXPECT_EQ(stripped("<b>one\ntwo</b>"), "one two");
}

TEST(StripMarkup, IgnoresDeclaredEncodingsAndEntities) {
  EXPECT_EQ(stripped("<meta charset=iso-8859-1>é"), "é");
  EXPECT_EQ(stripped("<?xml version='1.0' encoding='utf-16'?>é"), "é");
  const std::string bomb = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;'>]>&b;";
  EXPECT_LE(stripped(bomb).size(), bomb.size());
  EXPECT_EQ(stripped("<!DOCTYPE x SYSTEM 'file:///etc/passwd'>t"), "t");
}

TEST(CleanHtml, LeavesTextWithoutTagsAlone) {
  EXPECT_EQ(cleaned(""), "");
  EXPECT_EQ(cleaned("Tom & Jerry, 3 > 2\r\n\"next\" line "), "Tom & Jerry, 3 > 2\r\n\"next\" line ");
  EXPECT_EQ(cleaned("&lt;script&gt;"), "&lt;script&gt;");
}

TEST(CleanHtml, KeepsTheSafeSubset) {
  for (auto html : {"<p>One <b>two</b> <i>three</i> <em>four</em> <strong>five</strong></p>", "one<br>two",
                    "<ul><li>1</li><li>2</li></ul><ol><li>3</li></ol>", "<blockquote>said</blockquote>",
                    "<h1>a</h1><h2>b</h2><h3>c</h3><h4>d</h4><h5>e</h5><h6>f</h6>",
                    "<a href=\"https://example.com/?a=1&amp;b=2\">x</a> <a href=\"mailto:a@example.com\">y</a>",
                    "text <a>without target</a>"})
    EXPECT_EQ(cleaned(html), html);
}

TEST(CleanHtml, WritesWhatItKeepsWellFormed) {
  EXPECT_EQ(cleaned("<B>x<BR/>y"), "<b>x<br>y</b>");
  EXPECT_EQ(cleaned("<ul><li>1<li>2</ul>"), "<ul><li>1</li><li>2</li></ul>");
  EXPECT_EQ(cleaned("<p>a < b & c</p>"), "<p>a &lt; b &amp; c</p>");
  EXPECT_EQ(cleaned("<p>&lt;script&gt;</p>"), "<p>&lt;script&gt;</p>");
  EXPECT_EQ(cleaned("<p>&amp;lt;b&amp;gt;</p>"), "<p>&amp;lt;b&amp;gt;</p>");
  EXPECT_EQ(cleaned("<p>a<!-- <script>x</script> -->b</p>"), "<p>ab</p>");
  EXPECT_EQ(cleaned("<a href='http://x/\"><script>'>q</a>"), "<a href=\"http://x/&quot;&gt;&lt;script&gt;\">q</a>");
}

TEST(CleanHtml, OneDisallowedThingTakesAllMarkupAway) {
  EXPECT_EQ(cleaned("<b>Hi</b> <script>alert(1)</script>there"), "Hi there");
  EXPECT_EQ(cleaned("<p>One</p><div>Tom & Jerry</div>"), "One\nTom &amp; Jerry");
  EXPECT_EQ(cleaned("<b onclick=\"x\">Hi</b>"), "Hi");
  EXPECT_EQ(cleaned("<b class=\"x\">Hi</b>"), "Hi");
  EXPECT_EQ(cleaned("<p><img src=x onerror=alert(1)>Hi</p>"), "Hi");
  EXPECT_EQ(cleaned("<iframe src=//evil></iframe><p>Hi</p>"), "Hi");
  EXPECT_EQ(cleaned("<a href=\"http://x/\" target=\"_blank\">Hi</a>"), "Hi");
  EXPECT_EQ(cleaned("<p>Hi</p><?php echo 1 ?>"), "Hi");
  EXPECT_EQ(cleaned("<p>a</p></body></html><b>x</b>"), "a\nx");
  EXPECT_EQ(cleaned("<svg><a xlink:href='javascript:x'>Hi</a></svg>"), "Hi");
  EXPECT_EQ(cleaned("<s>&lt;script&gt;alert(1)&lt;/script&gt;</s>"), "&lt;script&gt;alert(1)&lt;/script&gt;");
}

TEST(CleanHtml, LetsNoActiveContentThrough) {
  for (auto html : {"<body onload=alert(1)><p>Hi</p>", "<html onfocus=alert(1)><p>Hi</p>", "<p/onclick=alert(1)>Hi</p>",
                    "<math><mtext><b onclick=alert(1)>Hi", "<p>Hi</p><title><img src=x onerror=alert(1)></title>",
                    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">", "<b\nonclick\n=\nalert(1)>Hi</b>",
                    "<style><!--</style><img src=x onerror=alert(1)>--></style>", "<!--><img src=x onerror=alert(1)>-->",
                    "<textarea></p><img src=x onerror=alert(1)></textarea>", "<<b onclick=alert(1)>Hi</b>",
                    "<p>Hi</p\n><script\n>alert(1)</script\n>", "<xmp><img src=x onerror=alert(1)></xmp>"}) {
    const std::string safe = cleaned(html);
    for (auto piece : {"<img", "<script", "<body", "<html", "<style", "<title", "<b o", "<b\n", "<p o", "<p/", "<math"})
      EXPECT_EQ(safe.find(piece), std::string::npos) << html << " → " << safe;
  }
}

TEST(CleanHtml, LinksOnlyToTheWebAndToMail) {
  EXPECT_EQ(cleaned("<a href=\"HTTPS://Example.com/\">x</a>"), "<a href=\"HTTPS://Example.com/\">x</a>");
  for (auto href : {"javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "java\tscript:alert(1)",
                    "&#106;avascript:alert(1)", "data:text/html,x", "//example.com/", "/local", "", "vbscript:x",
                    "http:evil", "https:/x", "ht\ntp://x/", "http://x/ y", "file:///etc/passwd", "\x01http://x/"})
    EXPECT_EQ(cleaned("<a href=\"" + std::string(href) + "\">x</a>"), "x") << href;
}

TEST(CleanHtml, CleaningTwiceChangesNothing) {
  for (auto html : {"<p>a < b & c</p>", "<b>x", "<s>a &lt; b</s>", "<p>&amp;lt;</p>", "a <3 b", "<ul><li>1<li>2</ul>"}) {
    const std::string once = cleaned(html);
    EXPECT_EQ(cleaned(once), once) << html;
  }
}

TEST(CleanHtml, RefusesWhatTheParserCannotRead) {
  EXPECT_EQ(clean_html(repeated("<b>x", 300)).error().code, Errc::invalid_input);
  EXPECT_EQ(strip_markup(repeated("<b>", 100'000)).error().code, Errc::invalid_input);
  EXPECT_EQ(clean_html("<" + std::string(kMaxMarkup, 'x')).error().code, Errc::invalid_input);
  EXPECT_EQ(cleaned(repeated("<b>", 100) + "x" + repeated("</b>", 100)), repeated("<b>", 100) + "x" + repeated("</b>", 100));
}

TEST(CleanHtml, PrintsNothing) {
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  cleaned("<b><i></b></i></nope><a href='x' href='y'>&bogus; &#xffffffff; <p <p");
  cleaned(repeated("<b>x", 300));
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
}

}  // namespace
}  // namespace stile::api
