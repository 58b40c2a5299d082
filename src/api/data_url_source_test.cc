#include "api/data_url_source.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "base/text.h"
#include "http/multipart_reader.h"
#include "http/script_stream.h"
#include "io/run.h"

namespace stile::api {
namespace {

Result<std::string> read_all(io::ByteSource& source, std::size_t window) {
  std::string all;
  std::vector<std::byte> buffer(std::max(window, source.min_read()));
  for (;;) {
    (void)io::run_until_done(source.wait_readable(Milliseconds::max()));
    auto got = io::run_until_done(source.read(buffer));
    if (!got) return fail(got.error());
    if (*got == 0) return all;
    all += as_text(Bytes(buffer).first(*got));
  }
}

std::string random_bytes(std::size_t size) {
  SeededRandom random(size);
  std::string bytes(size, '\0');
  random.fill(std::as_writable_bytes(std::span(bytes)));
  return bytes;
}

TEST(DataUrlSourceTest, DecodesInPlaceAtEveryFragmentAndWindow) {
  for (const std::size_t size : {0, 1, 2, 3, 4, 5, 100, 3000}) {
    const std::string bytes = random_bytes(size);
    for (const std::size_t fragment :
         {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{7}, std::size_t{31}, SIZE_MAX}) {
      for (const std::size_t window : {5, 6, 7, 8, 9, 64, 4096}) {
        FakeClock clock;
        auto peer = std::make_shared<http::Peer>(clock, fragment);
        peer->sends("data:image/jpeg;base64," + base64_encode(as_bytes(bytes))).ends();
        http::ScriptStream stream(peer);
        DataUrlSource source(stream);
        ASSERT_EQ(read_all(source, window).value(), bytes) << size << " " << fragment << " " << window;
      }
    }
  }
}

TEST(DataUrlSourceTest, DecodesAFieldOfAForm) {
  const std::string bytes = random_bytes(5000);
  for (const std::size_t fragment : {std::size_t{1}, std::size_t{7}, std::size_t{300}, SIZE_MAX}) {
    FakeClock clock;
    auto peer = std::make_shared<http::Peer>(clock, fragment);
    peer->sends("--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\ndata:;base64," +
                base64_encode(as_bytes(bytes)) + "\r\n--b--\r\n")
        .ends();
    http::ScriptStream stream(peer);
    http::MultipartReader reader(stream, "b", {});
    ASSERT_TRUE(io::run_until_done(reader.next_part()).has_value());
    DataUrlSource source(reader.content());
    EXPECT_EQ(read_all(source, 516).value(), bytes) << fragment;
    EXPECT_FALSE(io::run_until_done(reader.next_part()).value().has_value());
  }
}

TEST(DataUrlSourceTest, RefusesWhatIsNoDataUrl) {
  for (const std::string& text :
       {std::string("hello"), std::string(), std::string("data:;base64,Z"), std::string(1000, 'x')}) {
    FakeClock clock;
    auto peer = std::make_shared<http::Peer>(clock, 3);
    peer->sends(text).ends();
    http::ScriptStream stream(peer);
    DataUrlSource source(stream);
    EXPECT_EQ(read_all(source, 64).error().code, Errc::invalid_input) << text;
  }
}

TEST(DataUrlSourceTest, HandsOnTheErrorOfTheText) {
  FakeClock clock;
  auto peer = std::make_shared<http::Peer>(clock);
  peer->sends("data:;base64,Zm9v").resets();
  http::ScriptStream stream(peer);
  DataUrlSource source(stream);
  EXPECT_EQ(read_all(source, 64).error().code, Errc::truncated);
}

}  // namespace
}  // namespace stile::api
