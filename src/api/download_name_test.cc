#include "api/download_name.h"

#include <gtest/gtest.h>

#include <string>

#include "base/text.h"
#include "media/sniff.h"

namespace stile::api {
namespace {

std::string jpeg(std::string_view name) { return download_name(name, "image/jpeg", 7); }

TEST(DownloadName, IsTheOneThatWasSentWhenNothingSpeaksAgainstIt) {
  for (const std::string name :
       {"holiday.jpg", "Holiday 2024.JPEG", "a.b.jpe", "été à Sète.jpg", "漢字.jpg", "🙈.jpg", "50%.jpg"})
    EXPECT_EQ(jpeg(name), name);
  EXPECT_EQ(download_name("film.M4V", "video/mp4", 7), "film.M4V");
}

TEST(DownloadName, EndsAsItsContentIsWhateverItSays) {
  EXPECT_EQ(jpeg("holiday.html"), "holiday.html.jpg");
  EXPECT_EQ(jpeg("holiday.jpg.exe"), "holiday.jpg.exe.jpg");
  EXPECT_EQ(jpeg("holiday"), "holiday.jpg");
  EXPECT_EQ(jpeg("holiday.png"), "holiday.png.jpg");
  EXPECT_EQ(jpeg("evil.hta."), "evil.hta.jpg");
  EXPECT_EQ(jpeg("evil.jpg."), "evil.jpg");
  EXPECT_EQ(jpeg("a.jpg .scr "), "a.jpg .scr.jpg");
  for (const std::string& type : media::known_types()) {
    const std::string usual(media::extension_for(type));
    EXPECT_EQ(download_name("x.html", type, 7), "x.html." + usual);
    EXPECT_EQ(download_name("x." + usual, type, 7), "x." + usual);
  }
}

TEST(DownloadName, IsOneComponent) {
  for (const std::string path : {"../../etc/cron.d/x.jpg", "..\\..\\x.jpg", "/x.jpg", "C:\\x.jpg", "a/b\\c/x.jpg"})
    EXPECT_EQ(jpeg(path), "x.jpg") << path;
  EXPECT_EQ(jpeg("C:x.jpg"), "C_x.jpg");
  EXPECT_EQ(jpeg("x.jpg:evil.exe"), "x.jpg_evil.exe.jpg");
  EXPECT_EQ(jpeg("a\"b<c>d|e?f*.jpg"), "a_b_c_d_e_f_.jpg");
}

TEST(DownloadName, ShowsWhatItHas) {
  EXPECT_EQ(jpeg("photo\u202egpj.exe"), "photo_gpj.exe.jpg");
  EXPECT_EQ(jpeg("a\r\nSet-Cookie: b.jpg"), "a__Set-Cookie_ b.jpg");
  EXPECT_EQ(jpeg("a\x1b[2J\u009b\u200b\ufeff.jpg"), "a_[2J___.jpg");
}

TEST(DownloadName, IsNoDevice) {
  EXPECT_EQ(jpeg("CON.jpg"), "_CON.jpg");
  EXPECT_EQ(jpeg("nul"), "_nul.jpg");
  EXPECT_EQ(jpeg("com1.tar.jpg"), "_com1.tar.jpg");
  EXPECT_EQ(jpeg("LPT9"), "_LPT9.jpg");
  EXPECT_EQ(jpeg("aux .x.jpg"), "_aux .x.jpg");
  EXPECT_EQ(jpeg("console.jpg"), "console.jpg");
  EXPECT_EQ(jpeg("com10.jpg"), "com10.jpg");
}

TEST(DownloadName, IsThereWhateverWasSent) {
  for (const std::string nothing : {"", ".", "..", "...", "/", "\\", "a/", " . ", ".jpg", "..jpg"})
    EXPECT_EQ(jpeg(nothing), nothing.ends_with("jpg") ? "jpg.jpg" : "photo-7.jpg") << nothing;
}

TEST(DownloadName, HasABoundAndNoCharacterCutInTwo) {
  for (const std::string unit : {"x", "é", "漢", "🙈"}) {
    std::string longest;
    while (longest.size() < 5000) longest += unit;
    const std::string name = jpeg(longest + ".jpg");
    EXPECT_LE(name.size(), 154u);
    EXPECT_GE(name.size(), 150u);
    EXPECT_TRUE(is_valid_utf8(name));
  }
}

}  // namespace
}  // namespace stile::api
