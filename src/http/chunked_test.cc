#include "http/chunked.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace stile::http {
namespace {

struct Decoded {
  Result<std::string> payload;
  std::size_t consumed = 0;
  bool done = false;
};

// Feeds `coded` in windows of `step` bytes.
Decoded decode(std::string_view coded, std::size_t step) {
  ChunkedDecoder decoder;
  Decoded out{std::string(), 0, false};
  while (out.consumed < coded.size() && !out.done) {
    std::string_view window = coded.substr(out.consumed, step);
    while (!window.empty() && !out.done) {
      const auto piece = decoder.decode(as_bytes(window));
      if (!piece) {
        out.payload = fail(piece.error());
        return out;
      }
      out.payload->append(as_text(piece->payload));
      window.remove_prefix(piece->consumed);
      out.consumed += piece->consumed;
      out.done = piece->done;
    }
  }
  return out;
}

void expect_decodes(std::string_view coded, std::string_view payload, std::size_t rest = 0) {
  for (const std::size_t step : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{7}, coded.size()}) {
    const auto got = decode(coded, step);
    ASSERT_TRUE(got.payload) << got.payload.error().message;
    EXPECT_EQ(*got.payload, payload);
    EXPECT_TRUE(got.done);
    EXPECT_EQ(got.consumed, coded.size() - rest);
  }
}

void expect_fails(std::string_view coded, Errc code) {
  for (const std::size_t step : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{7}, coded.size()}) {
    const auto got = decode(coded, step);
    ASSERT_FALSE(got.payload) << coded;
    EXPECT_EQ(got.payload.error().code, code) << coded;
  }
}

TEST(ChunkedDecoder, TakesTheCodingOff) {
  expect_decodes("4\r\nWiki\r\n5\r\npedia\r\nE\r\n in\r\n\r\nchunks.\r\n0\r\n\r\n", "Wikipedia in\r\n\r\nchunks.");
  expect_decodes("0\r\n\r\n", "");
  expect_decodes("00000000000000a\r\n0123456789\r\n0\r\n\r\n", "0123456789");
}

TEST(ChunkedDecoder, StopsAtTheEndOfTheBody) { expect_decodes("1\r\na\r\n0\r\n\r\nGET / HTTP/1.1\r\n", "a", 16); }

TEST(ChunkedDecoder, DropsExtensionsAndTrailers) {
  expect_decodes("1;name=\"a;b\";x\r\na\r\n0;last\r\nExpires: never\r\nContent-Length: 5\r\n\r\n", "a");
}

TEST(ChunkedDecoder, CountsDigitsAndExtensionsPerChunk) {
  std::string coded, payload;
  for (int i = 0; i < 20; ++i) {
    coded += "001;" + std::string(100, 'x') + "\r\na\r\n";
    payload += "a";
  }
  expect_decodes(coded + "0\r\n\r\n", payload);
}

TEST(ChunkedDecoder, RefusesWhatIsNotASize) {
  expect_fails("1\r\na\r\n\r\n", Errc::invalid_input);
  for (const auto bad : {"\r\n", ";x\r\n", "g\r\n", "-1\r\n", "+1\r\n", "0x1\r\n", " 1\r\n", "1 \r\n", "1,1\r\n"})
    expect_fails(bad, Errc::invalid_input);
  expect_fails("10000000000000000\r\n", Errc::invalid_input);  // 2^64
  expect_fails("00000000000000001\r\n", Errc::invalid_input);
}

TEST(ChunkedDecoder, RefusesBareLineEnds) {
  for (const auto bad : {"1\na\r\n0\r\n\r\n", "1\r\na\n0\r\n\r\n", "1\r\na\r\n0\n\r\n", "1\r\na\r\n0\r\n\n", "1\ra\r\n",
                         "1;x\na\r\n", "0\r\nA: b\nC: d\r\n\r\n", "0\r\nA: b\rC: d\r\n\r\n"})
    expect_fails(bad, Errc::invalid_input);
}

TEST(ChunkedDecoder, RefusesAChunkThatIsLongerThanItsSize) {
  expect_fails("3\r\nabcd\r\n0\r\n\r\n", Errc::invalid_input);
}

TEST(ChunkedDecoder, RefusesControlCharacters) {
  expect_fails(std::string_view("1;\0\r\na\r\n", 8), Errc::invalid_input);
  expect_fails("0\r\nA: \x01\r\n\r\n", Errc::invalid_input);
}

TEST(ChunkedDecoder, BoundsExtensionsAndTrailers) {
  expect_fails("1;" + std::string(300, 'x') + "\r\na\r\n", Errc::limit);
  std::string trailers = "0\r\n";
  for (int i = 0; i < 200; ++i) trailers += "Name: some value that is not short\r\n";
  expect_fails(trailers, Errc::limit);
}

TEST(ChunkedDecoder, GivesPayloadInPlace) {
  const std::string coded = "5\r\nhello\r\n";
  ChunkedDecoder decoder;
  const auto piece = decoder.decode(as_bytes(coded));
  ASSERT_TRUE(piece);
  EXPECT_EQ(as_text(piece->payload).data(), coded.data() + 3);
  EXPECT_EQ(piece->consumed, 8u);
}

TEST(ChunkedDecoder, CountsTo64Bits) {
  ChunkedDecoder decoder;
  const std::string huge = "ffffffffffffffff\r\nsome";
  const auto piece = decoder.decode(as_bytes(huge));
  ASSERT_TRUE(piece);
  EXPECT_EQ(as_text(piece->payload), "some");
}

}  // namespace
}  // namespace stile::http
