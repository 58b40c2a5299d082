#include "http/reply.h"

#include <gtest/gtest.h>

namespace stile::http {
namespace {

constexpr std::string_view kDate = "Sun, 06 Nov 1994 08:49:37 GMT";

TEST(SerialiseHead, WritesTheHeadersInOrder) {
  const auto reply = plain_reply(200, "ok").set("Cache-Control", "no-store");
  EXPECT_EQ(serialise_head(reply, 2, true, kDate),
            "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: text/plain; charset=utf-8\r\n"
            "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\nContent-Length: 2\r\n"
            "Connection: keep-alive\r\n\r\n");
}

TEST(SerialiseHead, SaysWhenTheConnectionEnds) {
  EXPECT_TRUE(serialise_head(plain_reply(400, ""), 0, false, kDate).ends_with("\r\nConnection: close\r\n\r\n"));
}

TEST(SerialiseHead, AnnouncesNoLengthWhereThereIsNoBody) {
  for (const int status : {204, 304}) {
    Reply reply;
    reply.status = status;
    EXPECT_FALSE(serialise_head(reply, 0, true, kDate).contains("Content-Length")) << status;
  }
}

TEST(SerialiseHead, AnnouncesLengthsBeyond4GiB) {
  EXPECT_TRUE(serialise_head({}, 5'000'000'000, true, kDate).contains("\r\nContent-Length: 5000000000\r\n"));
}

TEST(SerialiseHeadDeathTest, AbortsRatherThanLetAValueBecomeAHeader) {  // I9
  for (const auto& value :
       {std::string("a\r\nX: y"), std::string("a\nX: y"), std::string("a\rb"), std::string("a\0b", 3)}) {
    const auto reply = plain_reply(301, "").set("Location", value);
    EXPECT_DEATH(serialise_head(reply, 0, true, kDate), "broken invariant");
  }
}

TEST(ReasonPhrase, KnowsEveryStatusThatStileSends) {
  for (const int status : {200, 204, 206, 301, 302, 303, 304, 400, 401, 403, 404, 405, 408,
                           411, 412, 413, 415, 416, 417, 429, 431, 500, 501, 503, 505})
    EXPECT_NE(reason_phrase(status), "Unknown") << status;
}

}  // namespace
}  // namespace stile::http
