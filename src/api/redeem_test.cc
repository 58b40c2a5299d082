#include "api/redeem.h"

#include <gtest/gtest.h>

#include "api/gateway_rig.h"
#include "base/text.h"

namespace stile::api {
namespace {

using engine::picture;

constexpr std::size_t kFragments[] = {1, 7, 100, 1000, SIZE_MAX};
const std::string kPath = "/api/photo/redeem-upload-token";

std::string field(const std::string& name, const std::string& value) {
  return "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
}
std::string file(const std::string& content, const std::string& name = "a.jpg") {
  return "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name + "\"\r\n\r\n" + content + "\r\n";
}
std::string chunk_fields(int number, std::size_t size, std::size_t total) {
  return field("resumableChunkNumber", std::to_string(number)) + field("resumableChunkSize", std::to_string(size)) +
         field("resumableTotalSize", std::to_string(total)) + field("resumableIdentifier", "id") +
         field("resumableFilename", "clip.jpg");
}
std::string form(const std::string& parts, const std::string& headers = "", const std::string& path = kPath) {
  const std::string body = parts + "--b--\r\n";
  return "POST " + path + " HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/form-data; boundary=b\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}
std::string query(int number, std::size_t size, std::size_t total, const std::string& token = "T") {
  return kPath + "?resumableChunkNumber=" + std::to_string(number) + "&resumableChunkSize=" + std::to_string(size) +
         "&resumableTotalSize=" + std::to_string(total) + "&resumableIdentifier=id&upload_token=" + token;
}
std::string test(int number, std::size_t size, std::size_t total, const std::string& token = "T") {
  return "GET " + query(number, size, total, token) + " HTTP/1.1\r\nHost: h\r\n\r\n";
}
std::string octets(const std::string& target, const std::string& body) {
  return "PUT " + target + " HTTP/1.1\r\nHost: h\r\nContent-Type: application/octet-stream\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

class RedeemTest : public testing::Test {
 protected:
  RedeemTest() { fresh(); }
  void fresh(catalog::Token token = test_token()) {
    rig = std::make_unique<GatewayRig>();
    rig->add_token(std::move(token));
  }
  int status(const std::string& bytes, std::size_t fragment = SIZE_MAX) {
    const std::string answer = rig->talk(bytes, fragment);
    body = answer.substr(std::min(answer.size(), answer.find("\r\n\r\n") + 4));
    head = answer.substr(0, answer.find("\r\n\r\n") + 2);
    return answer.size() < 12 ? 0 : std::stoi(answer.substr(9, 3));
  }
  std::string landed() {
    const auto photos = rig->photos("T");
    return photos.size() == 1 ? rig->original(photos[0]) : "(" + std::to_string(photos.size()) + " photos)";
  }

  std::unique_ptr<GatewayRig> rig;
  std::string body, head;
};

TEST_F(RedeemTest, APlainFormLandsWhateverTheOrderAndTheFragments) {
  const std::string content = picture(5000);
  for (const std::size_t fragment : kFragments) {
    for (const std::string& parts :
         {field("upload_token", "T") + file(content), file(content) + field("upload_token", "T")}) {
      fresh();
      EXPECT_EQ(status(form(parts), fragment), 200);
      EXPECT_EQ(body, std::to_string(rig->photos("T").at(0).photo_id));
      EXPECT_EQ(landed(), content);
    }
  }
}

TEST_F(RedeemTest, AFileThatEndsInAlmostADelimiterIsWhole) {
  for (const std::string& tail :
       {std::string("\r"), std::string("\r\n--"), std::string("\r\n--bb"), std::string("\r\n--b-")}) {
    for (const std::size_t size : {16 * kKiB - 1, 16 * kKiB, 32 * kKiB, 50'000ul}) {  // around the blocks' ends
      fresh();
      const std::string content = picture(size - tail.size()) + tail;
      EXPECT_EQ(status(form(field("upload_token", "T") + file(content)), 1460), 200);
      EXPECT_TRUE(landed() == content) << size;
    }
  }
}

TEST_F(RedeemTest, ChunksInEveryShapeAndOrderMakeOneFile) {
  const std::string content = picture(10'000);
  const auto piece = [&](int number) {
    return content.substr(static_cast<std::size_t>(number - 1) * 4000, number == 2 ? 6000 : 4000);
  };
  for (const std::size_t fragment : kFragments) {
    for (const int shape : {0, 1, 2, 3}) {
      fresh();
      const auto send = [&](int number) {
        const std::string fields = field("upload_token", "T") + chunk_fields(number, 4000, 10'000);
        if (shape == 0) return form(fields + file(piece(number), "blob"));
        if (shape == 1) return form(file(piece(number), "blob") + fields);
        if (shape == 2) return octets(query(number, 4000, 10'000), piece(number));
        return form(fields + field("file", "data:image/jpeg;base64," + base64_encode(as_bytes(piece(number)))));
      };
      EXPECT_EQ(status(send(2), fragment), 200) << shape << body;
      EXPECT_EQ(body, "ok");
      EXPECT_EQ(status(test(1, 4000, 10'000)), 204);
      EXPECT_EQ(status(test(2, 4000, 10'000)), 200);
      EXPECT_EQ(status(send(1), fragment), 200) << shape << body;
      EXPECT_TRUE(landed() == content) << shape << " " << fragment;
      const std::string final_body = body;
      EXPECT_EQ(status(send(1), fragment), 200);  // a lost answer, asked for again
      EXPECT_EQ(body, final_body);
      EXPECT_EQ(status(test(2, 4000, 10'000)), 200);
      EXPECT_EQ(body, final_body);
      EXPECT_EQ(rig->photos("T").size(), 1u);
    }
  }
}

TEST_F(RedeemTest, AllOfItOnOneConnection) {
  const std::string content = picture(9000);
  std::string bytes;
  for (int number = 1; number <= 3; ++number)
    bytes += octets(query(number, 3000, 9000), content.substr(static_cast<std::size_t>(number - 1) * 3000, 3000));
  rig->talk(bytes + test(3, 3000, 9000), 1000);
  EXPECT_EQ(rig->statuses, (std::vector<int>{200, 200, 200, 200}));
  EXPECT_EQ(landed(), content);
}

TEST_F(RedeemTest, ABadTokenIs403ForAFormAnd500ForAChunk) {
  const std::string content = picture(100);
  EXPECT_EQ(status(form(field("upload_token", "X") + file(content))), 403);
  EXPECT_EQ(body, "The upload token is invalid");
  EXPECT_EQ(status(form(file(content) + field("upload_token", "X"))), 403);
  EXPECT_EQ(status(form(file(content))), 403);
  EXPECT_EQ(status(octets(kPath + "?upload_token=X", content)), 403);
  EXPECT_EQ(status(form(field("upload_token", "X") + chunk_fields(1, 100, 100) + file(content))), 500);
  EXPECT_EQ(status(form(field("upload_token", "X") + file(content) + chunk_fields(1, 100, 100))), 500);
  EXPECT_EQ(status(form(file(content) + chunk_fields(1, 100, 100) + field("upload_token", "X"))), 500);
  EXPECT_EQ(status(octets(query(1, 100, 100, "X"), content)), 500);
  EXPECT_EQ(status(test(1, 100, 100, "X")), 500);
  EXPECT_TRUE(rig->inner_troubles.empty());
}

TEST_F(RedeemTest, AnExpiredTokenStartsNothing) {
  rig->parts.clock.advance(Seconds(3601));
  EXPECT_EQ(status(form(field("upload_token", "T") + file(picture(100)))), 403);
  EXPECT_EQ(status(octets(query(1, 100, 100), picture(100))), 500);
  EXPECT_EQ(status(test(1, 100, 100)), 500);
}

// The token comes first, then the file, and only behind it the fields that make it a chunk (twentythree-cli).
TEST_F(RedeemTest, AChunkThatShowsItselfLateIsAnsweredAgainWhenTheTokenIsUsedUp) {
  const std::string content = picture(3000);
  const auto late = [&](int number) {
    return form(field("upload_token", "T") + file(content.substr((number - 1) * 1000u, 1000)) +
                chunk_fields(number, 1000, content.size()));
  };
  for (const int number : {1, 2, 3}) EXPECT_EQ(status(late(number)), 200);
  const std::string answer = body;
  EXPECT_EQ(status(late(3)), 200);  // the answer was lost, and the token has no use left (I6)
  EXPECT_EQ(body, answer);
  EXPECT_EQ(status(late(1)), 200);
  EXPECT_EQ(landed(), content);
  // Somebody else's file is refused as before.
  EXPECT_EQ(status(form(field("upload_token", "T") + file(picture(500)) + chunk_fields(1, 500, 500))), 500);
  EXPECT_EQ(status(form(field("upload_token", "T") + file(picture(500)))), 403);
}

TEST_F(RedeemTest, AChunkThatShowsItselfLateGoesOnAfterTheTokensEnd) {
  const std::string content = picture(2000);
  EXPECT_EQ(status(form(field("upload_token", "T") + file(content.substr(0, 1000)) + chunk_fields(1, 1000, 2000))), 200);
  rig->parts.clock.advance(Seconds(3601));  // the token's hour is over, the grace is not (I6)
  EXPECT_EQ(status(form(field("upload_token", "T") + file(content.substr(1000)) + chunk_fields(2, 1000, 2000))), 200);
  EXPECT_EQ(landed(), content);
}

TEST_F(RedeemTest, AWrongTypeIs415ForAFormAnd500ForAChunk) {
  const std::string bad = "BAD!" + std::string(1000, 'x');
  EXPECT_EQ(status(form(field("upload_token", "T") + file(bad))), 415);
  EXPECT_EQ(status(octets(query(1, bad.size(), bad.size()), bad)), 500);
  EXPECT_EQ(status(test(1, bad.size(), bad.size())), 500);  // the upload has failed for good
}

TEST_F(RedeemTest, AFileThatIsTooLargeIs413ForAFormAnd500ForAChunk) {
  EXPECT_EQ(status(form(field("upload_token", "T") + file(picture(1'000'001)))), 413);
  EXPECT_EQ(status(octets(query(1, 100, 1'000'001), picture(100))), 500);
  EXPECT_EQ(status(test(1, 100, 1'000'001)), 500);
}

TEST_F(RedeemTest, AWrongLengthIsSentAgainAfterAPause) {
  for (const std::size_t length : {99, 101}) {
    const SteadyTime before = rig->parts.clock.steady_now();
    EXPECT_EQ(status(form(field("upload_token", "T") + chunk_fields(2, 100, 1000) + file(picture(length)))), 503)
        << length;
    EXPECT_GE(rig->parts.clock.steady_now() - before, Seconds(1));
  }
  EXPECT_EQ(status(test(2, 100, 1000)), 204);
}

TEST_F(RedeemTest, MalformedFieldsOfAChunkAre400) {
  for (const char* number : {"0", "-1", "x", "11", "99999999999999999999"})
    EXPECT_EQ(status("GET " + kPath +
                     "?upload_token=T&resumableChunkSize=100&resumableTotalSize=1000&resumableIdentifier=i&"
                     "resumableChunkNumber=" +
                     number + " HTTP/1.1\r\nHost: h\r\n\r\n"),
              400)
        << number;
  EXPECT_EQ(status(form(field("upload_token", "T") + chunk_fields(11, 100, 1000) + file(picture(100)))), 400);
}

TEST_F(RedeemTest, NothingSentIsSaidPlainly) {
  EXPECT_EQ(status(form(field("upload_token", "T"))), 400);
  EXPECT_EQ(body, "No file was sent");
  EXPECT_EQ(status(form(field("upload_token", "T") + file("", ""))), 400);
  EXPECT_EQ(body, "No file was sent");
  EXPECT_EQ(status(form(field("upload_token", "T") + file("", "a.jpg"))), 400);
  EXPECT_EQ(body, "The file is empty");
  EXPECT_EQ(status("GET " + kPath + "?upload_token=T HTTP/1.1\r\nHost: h\r\n\r\n"), 400);
}

TEST_F(RedeemTest, AFormIsSentOnToTheReturnUrlWithItsExtras) {
  catalog::Token token = test_token("T", "https://back.example/x?own=1");
  token.extras = {{"theme", "green"}};
  fresh(token);
  EXPECT_EQ(status(form(field("upload_token", "T") + field("title", "a b") + field("photo_id", "666") +
                        field("resumableType", "x") + field("format", "json") + file(picture(100)))),
            301);
  EXPECT_TRUE(
      head.contains("\r\nLocation: https://back.example/x?own=1&domain=videos.example.com&upload_token=T&photo_id="))
      << head;
  EXPECT_TRUE(head.contains("&theme=green&title=a+b\r\n")) << head;
  EXPECT_FALSE(head.contains("666"));
}

TEST_F(RedeemTest, AFailureWithABackgroundCallbackIsAnnounced) {
  catalog::Token token = test_token("T", "https://back.example/x");
  token.background_return = true;
  fresh(token);
  EXPECT_EQ(status(form(field("upload_token", "T") + file("BAD!" + std::string(100, 'x')))), 200);
  EXPECT_EQ(body, "error This type of file is not accepted");
  EXPECT_EQ(rig->wakes, 1);
  const auto events = rig->parts.run(rig->parts.sql->due_events(rig->parts.clock.wall_now(), 10));
  ASSERT_EQ(events.value().size(), 1u);
  EXPECT_TRUE(events->at(0).url.contains("error_message=This+type"));
}

TEST_F(RedeemTest, AnEarlyRefusalOfAChunkComesBeforeItsBody) {
  auto peer = std::make_shared<http::Peer>(rig->parts.clock);
  const std::string whole = octets(query(1, 1000, 1000, "X"), picture(1000));
  peer->sends(whole.substr(0, whole.size() - 1000))
      .awaits("HTTP/1.1 500")
      .sends(whole.substr(whole.size() - 1000))
      .ends();
  rig->talk(peer);
  EXPECT_EQ(rig->statuses, std::vector<int>{500});
  EXPECT_EQ(peer->read_so_far(), whole.size());
}

TEST_F(RedeemTest, AnExpectedBodyIsNotAskedForWhenItIsRefused) {
  auto peer = std::make_shared<http::Peer>(rig->parts.clock);
  peer->sends("PUT " + query(1, 1000, 1000, "X") +
              " HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 1000\r\n\r\n")
      .ends();
  EXPECT_FALSE(rig->talk(peer).contains("100 Continue"));
}

TEST_F(RedeemTest, ACutChunkLeavesNothingBehind) {
  const std::string whole = form(field("upload_token", "T") + chunk_fields(1, 3000, 6000) + file(picture(3000)));
  rig->talk(whole.substr(0, whole.size() - 500), 100);
  EXPECT_EQ(status(test(1, 3000, 6000)), 204);
  EXPECT_EQ(rig->parts.blocks->in_use(), 0u);
}

TEST_F(RedeemTest, HostileNamesStayData) {
  const std::string name = "../../%2e%2e/a\\\"<b>; \xC3\xA9.jpg";
  EXPECT_EQ(status(form(field("upload_token", "T") + file(picture(100), name))), 200) << body;
  const std::string answer = rig->talk("GET /97531/1/x/original HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 404"));
  EXPECT_TRUE(rig->photos("T").at(0).file_name.contains("<b>"));
}

TEST_F(RedeemTest, BoundsFieldsAndRefusesTwoFiles) {
  std::string many;
  for (int i = 0; i < 250; ++i) many += field("f" + std::to_string(i), "x");
  EXPECT_EQ(status(form(many + field("upload_token", "T") + file(picture(10)))), 400);
  EXPECT_EQ(status(form(field("long", std::string(70'000, 'x')) + field("upload_token", "T"))), 400);
  EXPECT_EQ(status(form(field("bad", "\xff") + field("upload_token", "T"))), 400);
  EXPECT_EQ(status(form(field("upload_token", "T") + file(picture(10)) + file(picture(10)))), 400);
  EXPECT_EQ(rig->photos("T").size(), 0u);
}

}  // namespace
}  // namespace stile::api
