#include "http/head.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace stile::http {
namespace {

using namespace std::string_literals;

Result<RequestHead> parse(std::string_view text, HeadLimits limits = {}) {
  HeadParser parser(limits);
  const auto progress = parser.feed(as_bytes(text));
  if (!progress) return fail(progress.error());
  if (!progress->done) return fail(Errc::truncated);
  EXPECT_EQ(progress->consumed, text.size());
  return parser.take();
}

// One request line and some header lines, each with its CRLF, in HTTP/1.1 with a Host.
Result<RequestHead> with(const std::string& fields, const std::string& line = "POST / HTTP/1.1") {
  return parse(line + "\r\nHost: h\r\n" + fields + "\r\n");
}

void expect_refused(const Result<RequestHead>& head, const std::string& what) {
  ASSERT_FALSE(head) << what;
  EXPECT_EQ(head.error().code, Errc::invalid_input) << what;
  EXPECT_TRUE(head.error().message.starts_with("Malformed request: ")) << head.error().message;
}

TEST(HeadParser, ReadsARequest) {
  const auto head = parse(
      "POST /api/photo/redeem-upload-token?a=1&b=%20 HTTP/1.1\r\nHost: videos.example.com:8023\r\n"
      "content-type:  text/plain \r\nX-Empty:\r\nContent-Length: 12\r\n\r\n");
  ASSERT_TRUE(head) << head.error().message;
  EXPECT_EQ(head->method, "POST");
  EXPECT_EQ(head->target, "/api/photo/redeem-upload-token?a=1&b=%20");
  EXPECT_EQ(head->path, "/api/photo/redeem-upload-token");
  EXPECT_EQ(head->query, "a=1&b=%20");
  EXPECT_EQ(head->version_minor, 1);
  EXPECT_EQ(head->headers.size(), 4u);
  EXPECT_EQ(head->headers[1].name, "content-type");
  EXPECT_EQ(head->header("Content-Type"), "text/plain");
  EXPECT_EQ(head->header("x-empty"), "");
  EXPECT_EQ(head->header("absent"), std::nullopt);
  EXPECT_EQ(head->framing, BodyFraming::length);
  EXPECT_EQ(head->content_length, 12u);
  EXPECT_TRUE(head->keep_alive);
  EXPECT_FALSE(head->expect_continue);
}

TEST(HeadParser, LeavesWhatFollowsTheHead) {
  const std::string text = "GET / HTTP/1.1\r\nHost: h\r\n\r\nGET /second";
  HeadParser parser({});
  const auto progress = parser.feed(as_bytes(text));
  ASSERT_TRUE(progress);
  EXPECT_TRUE(progress->done);
  EXPECT_EQ(progress->consumed, text.size() - 11);
}

TEST(HeadParser, IsAtStartBeforeTheFirstByteAndAfterReset) {
  HeadParser parser({});
  EXPECT_TRUE(parser.at_start());
  ASSERT_TRUE(parser.feed({}));
  EXPECT_TRUE(parser.at_start());
  ASSERT_TRUE(parser.feed(as_bytes("\r\n")));
  EXPECT_TRUE(parser.at_start()) << "an empty line is not the start of a head";
  ASSERT_TRUE(parser.feed(as_bytes("G")));
  EXPECT_FALSE(parser.at_start());
  ASSERT_TRUE(parser.feed(as_bytes("ET / HTTP/1.1\r\nHost: h\r\n\r\n")));
  EXPECT_EQ(parser.take().method, "GET");
  parser.reset();
  EXPECT_TRUE(parser.at_start());
  const auto second = parser.feed(as_bytes("PUT / HTTP/1.1\r\nHost: h\r\n\r\n"));
  ASSERT_TRUE(second && second->done);
  EXPECT_EQ(parser.take().method, "PUT");
}

TEST(HeadParser, StaysSpentAfterAnError) {
  HeadParser parser({});
  EXPECT_FALSE(parser.feed(as_bytes("\n")));
  EXPECT_FALSE(parser.feed(as_bytes("GET / HTTP/1.1\r\nHost: h\r\n\r\n")));
  parser.reset();
  EXPECT_TRUE(parser.feed(as_bytes("GET / HTTP/1.1\r\nHost: h\r\n\r\n")));
}

TEST(HeadParser, CostsNothingWhileIdle) {
  static_assert(sizeof(HeadParser) <= 32, "ten thousand idle connections must be cheap");
}

TEST(HeadParser, SkipsAnEmptyLineBeforeTheRequest) {
  EXPECT_TRUE(parse("\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_TRUE(parse("\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  expect_refused(parse("\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"), "three empty lines");
}

TEST(HeadParser, RefusesNonsenseAtItsFirstBadByte) {
  for (const auto& text : {"\x16\x03\x01"s, "\n"s, "GET / HTTP/1.1\n"s, "GET\r /"s, "GET /\0"s, " GET"s,
                           "GET / HTTP/1.1\r\n "s, "GET / HTTP/1.1\r\n\t"s, "G\x7f"s, "GET / HTTP/1.1\r\nA: b\r\n c"s})
    expect_refused(parse(text), text);
}

TEST(HeadParser, RefusesBadRequestLines) {
  for (const auto& line :
       {"GET"s, "GET /"s, "GET  / HTTP/1.1"s, "GET / HTTP/1.1 "s, "GET / HTTP/1.2"s, "GET / HTTP/2.0"s,
        "GET / HTTP/0.9"s, "GET / http/1.1"s, "GET / HTTP/1"s, "GET / HTTP/11"s, "GET / HTTP/1.10"s, "G@T / HTTP/1.1"s,
        " GET / HTTP/1.1"s, "GET\t/ HTTP/1.1"s, "GET / a HTTP/1.1"s, "/ HTTP/1.1"s})
    expect_refused(with("", line), line);
}

TEST(HeadParser, TakesMethodsItDoesNotKnow) { EXPECT_EQ(with("", "M-SEARCH / HTTP/1.1")->method, "M-SEARCH"); }

TEST(HeadParser, RefusesBadHeaderLines) {
  for (const auto& line : {"Name : v"s, "Na me: v"s, ": v"s, "no colon"s, "N\xC3\xA4me: v"s, "Name: a\x01"s,
                           "Name\t: v"s, "Name: a\x7f"s, "(x): y"s})
    expect_refused(with(line + "\r\n"), line);
}

TEST(HeadParser, TakesTextBeyondAsciiInValues) { EXPECT_EQ(with("X: \xC3\xB8\tb\r\n")->header("x"), "\xC3\xB8\tb"); }

TEST(HeadParser, RefusesFoldedLines) {
  expect_refused(with("X: a\r\n b\r\n"), "a value that goes on in the next line");
  expect_refused(with(" X: a\r\n"), "a first line that begins with a space");
}

TEST(HeadParser, RefusesEveryDoubtfulFraming) {
  for (const auto& fields : {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"s,
                             "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"s,
                             "Content-Length: 5\r\nContent-Length: 5\r\n"s,
                             "Content-Length: 5\r\nContent-Length: 6\r\n"s,
                             "Content-Length: 5, 5\r\n"s,
                             "Content-Length: +5\r\n"s,
                             "Content-Length: -5\r\n"s,
                             "Content-Length: 0x5\r\n"s,
                             "Content-Length: 5 5\r\n"s,
                             "Content-Length: \r\n"s,
                             "Content-Length: 5,\r\n"s,
                             "Content-Length: 5;x\r\n"s,
                             "Content-Length: 18446744073709551616\r\n"s,
                             "content-length: 1\r\nCONTENT-LENGTH: 1\r\n"s,
                             "Transfer-Encoding: gzip\r\n"s,
                             "Transfer-Encoding: gzip, chunked\r\n"s,
                             "Transfer-Encoding: chunked, chunked\r\n"s,
                             "Transfer-Encoding: chunked, identity\r\n"s,
                             "Transfer-Encoding: identity\r\n"s,
                             "Transfer-Encoding:\r\n"s,
                             "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"s,
                             "Transfer-Encoding: xchunked\r\n"s,
                             "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"s,
                             "Transfer-Encoding: \"chunked\"\r\n"s,
                             "Transfer-Encoding: chunked;x=1\r\n"s,
                             "Transfer-Encoding: ,chunked\r\n"s,
                             "Transfer-Encoding : chunked\r\n"s,
                             "Transfer-Encoding: \x0b"
                             "chunked\r\n"s})
    expect_refused(with(fields), fields);
  expect_refused(parse("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), "chunked in HTTP/1.0");
}

TEST(HeadParser, KnowsThreeFramings) {
  EXPECT_EQ(with("")->framing, BodyFraming::none);
  EXPECT_EQ(with("Transfer-Encoding: Chunked\r\n")->framing, BodyFraming::chunked);
  const auto largest = with("Content-Length: 18446744073709551615\r\n");
  ASSERT_TRUE(largest);
  EXPECT_EQ(largest->framing, BodyFraming::length);
  EXPECT_EQ(largest->content_length, UINT64_MAX);
  EXPECT_EQ(with("Content-Length: 0\r\n")->framing, BodyFraming::length);
}

TEST(HeadParser, WantsExactlyOneGoodHost) {
  expect_refused(parse("GET / HTTP/1.1\r\n\r\n"), "none in 1.1");
  expect_refused(with("Host: h\r\n"), "the same twice");
  expect_refused(parse("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"), "two in 1.0");
  EXPECT_TRUE(parse("GET / HTTP/1.0\r\n\r\n"));
  for (const auto& host : {"a b"s, "a/b"s, "user@a"s, "a?b"s, "a#b"s, "a\\b"s, "<a>"s, "\"a\""s, "\xC3\xB8"s})
    expect_refused(parse("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n"), host);
  for (const auto& host : {"localhost"s, "127.0.0.1:8023"s, "[::1]:8023"s, "a-b_c.example"s, ""s})
    EXPECT_TRUE(parse("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n")) << host;
}

TEST(HeadParser, DecodesThePath) {
  EXPECT_EQ(with("", "GET /a%20b/%C3%B8+c?x=%2F HTTP/1.1")->path, "/a b/\xC3\xB8+c");
  EXPECT_EQ(with("", "GET /../%2e%2E/a HTTP/1.1")->path, "/../../a") << "dot segments are left alone";
  EXPECT_EQ(with("", "GET /? HTTP/1.1")->query, "");
  EXPECT_EQ(with("", "GET /?a?b HTTP/1.1")->query, "a?b");
  EXPECT_EQ(with("", "GET //host/x HTTP/1.1")->path, "//host/x");
}

TEST(HeadParser, RefusesBadTargets) {
  for (const auto& target :
       {"/%"s, "/%2"s, "/%zz"s, "/%00"s, "/%ff"s, "/%C0%80"s, "/%ED%A0%80"s, "/#a"s, "a"s, "host:80"s, "*"s,
        "ftp://host/"s, "http:///x"s, "http://"s, "http:/x"s, "http://user@host/"s, "?x"s, "/\xff"s, "/a%2Fb"s, "/a%2fb"s,
        "http://host/%2f"s})
    expect_refused(with("", "GET " + target + " HTTP/1.1"), target);
}

TEST(HeadParser, TakesThePathOfAnAbsoluteTarget) {
  const auto head = with("", "GET http://example.com:80/a%20b?c=d HTTP/1.1");
  ASSERT_TRUE(head);
  EXPECT_EQ(head->path, "/a b");
  EXPECT_EQ(head->query, "c=d");
  EXPECT_EQ(head->header("host"), "example.com:80") << "the target names the host";
  EXPECT_EQ(with("", "GET HTTPS://example.com HTTP/1.1")->path, "/");
  EXPECT_EQ(with("", "GET http://example.com?c HTTP/1.1")->query, "c");
}

TEST(HeadParser, TakesTheAsteriskForOptionsOnly) {
  EXPECT_EQ(with("", "OPTIONS * HTTP/1.1")->path, "/");
  expect_refused(with("", "GET * HTTP/1.1"), "GET *");
}

TEST(HeadParser, KnowsWhenTheConnectionMayLive) {
  EXPECT_FALSE(with("Connection: close\r\n")->keep_alive);
  EXPECT_FALSE(with("Connection: keep-alive, Close\r\n")->keep_alive);
  EXPECT_FALSE(parse("GET / HTTP/1.0\r\n\r\n")->keep_alive);
  EXPECT_TRUE(parse("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n")->keep_alive);
}

TEST(HeadParser, KnowsWhoWaitsForContinue) {
  EXPECT_TRUE(with("Expect: 100-Continue\r\n")->expect_continue);
  EXPECT_FALSE(with("Expect: something\r\n")->expect_continue);
  EXPECT_FALSE(parse("POST / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n")->expect_continue);
}

TEST(HeadParser, BoundsBytesExactly) {
  const std::string head = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  EXPECT_TRUE(parse(head, {.max_bytes = head.size()}));
  const auto over = parse(head, {.max_bytes = head.size() - 1});
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().code, Errc::limit);
  const auto endless = parse("GET /" + std::string(1 << 20, 'a'));
  ASSERT_FALSE(endless);
  EXPECT_EQ(endless.error().code, Errc::limit);
  const std::string large = "GET /" + std::string(15'000, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n";
  EXPECT_TRUE(parse(large)) << "Beast's own limit of 8 KiB does not apply";
}

TEST(HeadParser, BoundsHeaders) {
  std::string fields;
  for (int i = 0; i < 99; ++i) fields += "A: b\r\n";
  EXPECT_TRUE(with(fields));
  const auto over = with(fields + "A: b\r\n");
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().code, Errc::limit);
}

}  // namespace
}  // namespace stile::http
