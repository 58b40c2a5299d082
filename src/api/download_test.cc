#include "api/download.h"

#include <gtest/gtest.h>

#include "api/gateway_rig.h"

namespace stile::api {
namespace {

TEST(FileTargetTest, HasExactlyOneShape) {
  EXPECT_EQ(parse_file_target("/34/12/K/original"), (FileTarget{34, 12, "K", "original"}));
  EXPECT_EQ(parse_file_target("/34/12/K/original/any name.jpg"), (FileTarget{34, 12, "K", "original"}));
  for (const char* bad :
       {"", "/", "/34", "/34/12/K", "/34/12/K/", "/34/12//original", "34/12/K/original", "/x/12/K/original",
        "/34/x/K/original", "/34/0/K/original", "/34/-1/K/original", "/-1/12/K/original", "/34/+12/K/original",
        "/34/12/K/original/a/b", "/34/9223372036854775808/K/original", "//34/12/K/original"})
    EXPECT_EQ(parse_file_target(bad), std::nullopt) << bad;
}

class DownloadTest : public testing::Test {
 protected:
  // Lands `content` under that name; its path without the size.
  void land(const std::string& name, const std::string& content = "JPEG456789") {
    rig = std::make_unique<GatewayRig>();
    rig->add_token(test_token());
    const std::string form =
        "--b\r\nContent-Disposition: form-data; name=\"upload_token\"\r\n\r\nT\r\n--b\r\nContent-Disposition: "
        "form-data; "
        "name=\"file\"; filename=\"" +
        name + "\"\r\n\r\n" + content + "\r\n--b--\r\n";
    rig->talk(
        "POST /api/photo/redeem-upload-token HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/form-data; "
        "boundary=b\r\nContent-Length: " +
        std::to_string(form.size()) + "\r\n\r\n" + form);
    const auto photos = rig->photos("T");
    ASSERT_EQ(photos.size(), 1u);
    path = "/" + std::to_string(photos[0].tree_id) + "/" + std::to_string(photos[0].photo_id) + "/" + photos[0].token;
  }
  int get(const std::string& headers = "", const std::string& method = "GET", const std::string& size = "/original") {
    const std::string answer = rig->talk(method + " " + path + size + " HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n");
    head = answer.substr(0, answer.find("\r\n\r\n") + 2);
    body = answer.substr(answer.find("\r\n\r\n") + 4);
    return std::stoi(answer.substr(9, 3));
  }
  std::string value(const std::string& name) const {
    const std::size_t at = head.find("\r\n" + name + ": ");
    if (at == std::string::npos) return "(none)";
    const std::size_t begin = at + name.size() + 4;
    return head.substr(begin, head.find("\r\n", begin) - begin);
  }

  std::unique_ptr<GatewayRig> rig;
  std::string path, head, body;
};

TEST_F(DownloadTest, SendsTheOriginal) {
  land("a.jpg");
  EXPECT_EQ(get(), 200);
  EXPECT_EQ(body, "JPEG456789");
  EXPECT_EQ(value("Content-Type"), "image/jpeg");
  EXPECT_EQ(value("Content-Length"), "10");
  EXPECT_EQ(value("X-Content-Type-Options"), "nosniff");
  EXPECT_TRUE(value("Content-Security-Policy").contains("sandbox"));
  EXPECT_EQ(get("", "HEAD"), 200);
  EXPECT_EQ(body, "");
  EXPECT_EQ(value("Content-Length"), "10");
}

TEST_F(DownloadTest, SendsRanges) {
  land("a.jpg");
  EXPECT_EQ(get("Range: bytes=2-4\r\n"), 206);
  EXPECT_EQ(body, "EG4");
  EXPECT_EQ(value("Content-Range"), "bytes 2-4/10");
  EXPECT_EQ(get("Range: bytes=-3\r\n"), 206);
  EXPECT_EQ(body, "789");
  EXPECT_EQ(get("Range: bytes=8-99999999999999999999\r\n"), 206);
  EXPECT_EQ(body, "89");
  EXPECT_EQ(get("Range: bytes=10-\r\n"), 416);
  EXPECT_EQ(value("Content-Range"), "bytes */10");
  EXPECT_EQ(body, "");
  for (const char* odd : {"bytes=4-2", "bytes=0-1,3-4", "pages=1-2", "bytes", "bytes=a-b"}) {
    EXPECT_EQ(get(std::string("Range: ") + odd + "\r\n"), 200) << odd;
    EXPECT_EQ(body, "JPEG456789");
  }
}

TEST_F(DownloadTest, HonoursConditions) {
  land("a.jpg");
  get();
  const std::string etag = value("ETag");
  EXPECT_EQ(get("If-None-Match: " + etag + "\r\n"), 304);
  EXPECT_EQ(body, "");
  EXPECT_EQ(value("ETag"), etag);
  EXPECT_EQ(get("If-None-Match: \"x\", W/" + etag + "\r\n"), 304);
  EXPECT_EQ(get("If-None-Match: *\r\n"), 304);
  EXPECT_EQ(get("If-None-Match: \"x\"\r\n"), 200);
  EXPECT_EQ(get("If-None-Match: " + etag + "\r\nRange: bytes=0-1\r\n"), 304);
  EXPECT_EQ(get("If-Range: " + etag + "\r\nRange: bytes=0-1\r\n"), 206);
  EXPECT_EQ(get("If-Range: \"x\"\r\nRange: bytes=0-1\r\n"), 200);
  EXPECT_EQ(get("If-Range: W/" + etag + "\r\nRange: bytes=0-1\r\n"), 200);  // a weak tag proves nothing here
  EXPECT_EQ(get("If-Range: \"x\"\r\nRange: bytes=99-\r\n"), 200);
}

TEST_F(DownloadTest, IsA404AlikeForEverythingThatDoesNotFit) {
  land("a.jpg");
  const std::string good = path;
  EXPECT_EQ(get("", "GET", "/small"), 404);
  const std::string words = body;
  for (const std::string& other :
       {good.substr(0, good.size() - 1), good + "x", std::string("/1/1/x"), "/9" + good.substr(1)}) {
    path = other;
    EXPECT_EQ(get(), 404) << other;
    EXPECT_EQ(body, words);
  }
}

TEST_F(DownloadTest, AHostileFileNameStaysInsideItsParameter) {
  for (const auto& [name, encoded] : {std::pair<std::string, std::string>{"a%0D%0ASet-Cookie: x=1.jpg", "Set-Cookie"},
                                      {"a\\\"; filename=evil.exe.jpg", "evil"},
                                      {"../../etc/passwd", "passwd"},
                                      {"\xC3\xA9\xE2\x80\xAE.jpg", "%C3%A9"}}) {
    land(name);
    EXPECT_EQ(get(), 200);
    const std::string disposition = value("Content-Disposition");
    EXPECT_TRUE(disposition.starts_with("inline; filename*=UTF-8''")) << disposition;
    EXPECT_TRUE(disposition.contains(encoded)) << disposition;
    EXPECT_EQ(disposition.substr(25).find_first_of(" ;\"/\\\r\n"), std::string::npos) << disposition;
    EXPECT_EQ(value("Set-Cookie"), "(none)");
  }
}

}  // namespace
}  // namespace stile::api
