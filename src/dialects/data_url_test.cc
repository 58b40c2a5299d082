#include "dialects/data_url.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/random.h"
#include "base/text.h"

namespace stile::dialects {
namespace {

constexpr std::size_t kAll = SIZE_MAX;

// Decoded piece by piece; the error is that of decode() or of finish().
Result<std::string> decode(std::string_view text, std::size_t fragment = kAll) {
  DataUrlDecoder decoder;
  std::string decoded;
  while (!text.empty()) {
    const std::string_view piece = text.substr(0, fragment);
    text.remove_prefix(piece.size());
    std::vector<std::byte> out(piece.size() / 4 * 3 + 3 + 3);
    auto made = decoder.decode(as_bytes(piece), out);
    if (!made) return fail(made.error());
    decoded += as_text(Bytes(out).first(*made));
  }
  std::vector<std::byte> out(3);
  auto made = decoder.finish(out);
  if (!made) return fail(made.error());
  return decoded + std::string(as_text(Bytes(out).first(*made)));
}

TEST(DataUrl, DecodesTheVectorsOfTheRfcAtEveryFragmentSize) {
  const std::pair<std::string, std::string> vectors[] = {{"", ""},
                                                         {"Zg==", "f"},
                                                         {"Zm8=", "fo"},
                                                         {"Zm9v", "foo"},
                                                         {"Zm9vYg==", "foob"},
                                                         {"Zm9vYmE=", "fooba"},
                                                         {"Zm9vYmFy", "foobar"},
                                                         {"+/+/", "\xfb\xff\xbf"}};
  for (const auto& [text, bytes] : vectors)
    for (const std::size_t fragment : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{7}, kAll})
      EXPECT_EQ(decode("data:image/png;base64," + text, fragment).value(), bytes) << text << " " << fragment;
}

TEST(DataUrl, AgreesWithTheOtherEncoder) {
  SeededRandom random(5);
  for (std::size_t size = 0; size < 300; ++size) {
    std::vector<std::byte> bytes(size);
    random.fill(bytes);
    const std::string url = "data:;base64," + base64_encode(bytes);
    for (const std::size_t fragment : {std::size_t{1}, std::size_t{5}, std::size_t{16}, std::size_t{31}, kAll})
      ASSERT_EQ(decode(url, fragment).value(), as_text(bytes)) << size << " " << fragment;
  }
}

TEST(DataUrl, DecodesInItsOwnMemoryFourBytesBehind) {
  SeededRandom random(6);
  std::vector<std::byte> bytes(1000);
  random.fill(bytes);
  const std::string url = "data:a/b;base64," + base64_encode(bytes);
  for (std::size_t fragment = 1; fragment < 40; ++fragment) {
    DataUrlDecoder decoder;
    std::string decoded;
    for (std::size_t at = 0; at < url.size(); at += fragment) {
      std::vector<std::byte> memory(4 + fragment);
      const std::size_t count = std::min(fragment, url.size() - at);
      std::copy_n(as_bytes(url).data() + at, count, memory.data() + 4);
      auto made = decoder.decode(Bytes(memory).subspan(4, count), memory);
      ASSERT_TRUE(made.has_value());
      decoded += as_text(Bytes(memory).first(*made));
    }
    EXPECT_EQ(decoded, as_text(bytes)) << fragment;
    std::vector<std::byte> out(3);
    EXPECT_EQ(decoder.finish(out).value(), 0u);
  }
}

TEST(DataUrl, TakesAnyTypeAndCase) {
  for (const char* prefix : {"data:;base64,", "DATA:video/mp4;BASE64,", "data:text/plain;charset=utf-8;base64,"})
    EXPECT_EQ(decode(std::string(prefix) + "Zm9v").value(), "foo") << prefix;
}

TEST(DataUrl, DoesWithoutPadding) {
  EXPECT_EQ(decode("data:;base64,Zg").value(), "f");
  EXPECT_EQ(decode("data:;base64,Zm8", 1).value(), "fo");
  EXPECT_EQ(decode("data:;base64,Zm9vYg", 3).value(), "foob");
}

TEST(DataUrl, RefusesEverythingElse) {
  for (const char* text : {"",
                           "data",
                           "data:image/png;base64",
                           "Zm9v",
                           "data:image/png,Zm9v",
                           "http://x/;base64,Zm9v",
                           "xdata:;base64,Zm9v",
                           "data:;base64,Z",
                           "data:;base64,Zm9vZ",
                           "data:;base64,Zg=",
                           "data:;base64,Z===",
                           "data:;base64,====",
                           "data:;base64,=",
                           "data:;base64,Zm9v=",
                           "data:;base64,Zg===",
                           "data:;base64,Zg==Zg==",
                           "data:;base64,Zg==A",
                           "data:;base64,Zg=A",
                           "data:;base64,Zm 9v",
                           "data:;base64,Zm9v\n",
                           "data:;base64,Zm-_",
                           "data:;base64,Zm%3D"})
    for (const std::size_t fragment : {std::size_t{1}, std::size_t{3}, kAll}) {
      const auto decoded = decode(text, fragment);
      ASSERT_FALSE(decoded.has_value()) << text << " " << fragment;
      EXPECT_EQ(decoded.error().code, Errc::invalid_input);
    }
}

TEST(DataUrl, RefusesAnEndlessPrefixBeforeItHasCome) {
  DataUrlDecoder decoder;
  const std::string text(300, 'x');
  std::vector<std::byte> out(300);
  EXPECT_FALSE(decoder.decode(as_bytes(text), out).has_value());
}

}  // namespace
}  // namespace stile::dialects
