#include "http/multipart_reader.h"

#include <gtest/gtest.h>

#include <random>

#include "http/script_stream.h"
#include "io/run.h"

namespace stile::http {
namespace {

constexpr std::size_t kFragments[] = {1, 2, 3, 7, 16, 31, 200, SIZE_MAX};
constexpr std::size_t kWindows[] = {1, 2, 100, 511, MultipartReader::kMinWindow, 513, 1000, 4096, 65'536};

std::string part(const std::string& name, const std::string& content) {
  return "--bound\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + content + "\r\n";
}
const std::string kLast = "--bound--\r\n";

// Near misses of the delimiter everywhere.
std::string awkward_content(std::size_t size) {
  std::mt19937 engine(static_cast<unsigned>(size));
  const std::string_view pieces[] = {"\r\n--boun",      "\r\n--",  "\r",  "\n",
                                     "\r\n\r\n--bount", "--bound", "xyz", "\r\r\n--bounD"};
  std::string text;
  while (text.size() < size) text += pieces[engine() % std::size(pieces)];
  text.resize(size);
  // Real delimiters that came about by chance. (The line end of the head counts for one at the start.)
  if (text.starts_with("--bound")) text[2] = 'X';
  for (std::size_t at = 0; (at = text.find("\r\n--bound", at)) != std::string::npos; ++at) text[at + 5] = 'X';
  return text;
}

class MultipartReaderTest : public testing::Test {
 protected:
  void start(std::size_t fragment = SIZE_MAX, MultipartLimits limits = {}) {
    peer = std::make_shared<Peer>(clock, fragment);
    stream = std::make_unique<ScriptStream>(peer);
    reader = std::make_unique<MultipartReader>(*stream, "bound", limits);
  }

  // The next part's name; "(done)", or "(error …)".
  std::string next_name() {
    auto next = io::run_until_done(reader->next_part());
    if (!next) return "(error " + std::string(to_string(next.error().code)) + ")";
    return next->has_value() ? (*next)->name : "(done)";
  }
  Result<std::string> text(std::size_t max_bytes = 1 << 20) {
    return io::run_until_done(reader->read_text(max_bytes, memory));
  }

  Result<std::string> read_once(std::size_t window) {
    std::vector<std::byte> buffer(window);
    auto got = io::run_until_done(reader->content().read(buffer));
    if (!got) return fail(got.error());
    EXPECT_LE(*got, window);
    return std::string(as_text(Bytes(buffer).first(*got)));
  }
  Result<std::string> content(std::size_t window) {
    std::string all;
    for (;;) {
      if (io::run_until_done(reader->content().wait_readable(Milliseconds::max())) != io::Readiness::ready) continue;
      auto got = read_once(window);
      if (!got) return got;
      if (got->empty()) return all;
      all += *got;
    }
  }

  FakeClock clock;
  std::shared_ptr<Peer> peer;
  std::unique_ptr<ScriptStream> stream;
  std::unique_ptr<MultipartReader> reader;
  ByteLoan memory;
};

TEST_F(MultipartReaderTest, ReadsFieldsAndContentAtEveryFragmentAndWindow) {
  for (const std::size_t size : {0, 1, 2, 500, 511, 512, 513, 2000}) {
    const std::string awkward = awkward_content(size);
    const std::string body = part("a", "first") + part("file", awkward) + part("b", "") + kLast;
    for (const std::size_t fragment : kFragments) {
      for (const std::size_t window : kWindows) {
        start(fragment);
        peer->sends(body).ends();
        ASSERT_EQ(next_name(), "a");
        ASSERT_EQ(text().value(), "first");
        ASSERT_EQ(next_name(), "file");
        ASSERT_EQ(content(window).value(), awkward) << size << " " << fragment << " " << window;
        ASSERT_TRUE(reader->content().at_end());
        ASSERT_EQ(next_name(), "b") << size << " " << fragment << " " << window;
        ASSERT_EQ(text().value(), "");
        ASSERT_EQ(next_name(), "(done)");
        ASSERT_EQ(next_name(), "(done)");
      }
    }
  }
}

TEST_F(MultipartReaderTest, SkipsWhatIsUnreadOfAPart) {
  const std::string awkward = awkward_content(3000);
  for (const std::size_t fragment : kFragments) {
    start(fragment);
    peer->sends(part("file", awkward) + part("other", awkward) + part("last", "z") + kLast).ends();
    EXPECT_EQ(next_name(), "file");
    EXPECT_EQ(awkward.find(read_once(600).value()), 0u);
    EXPECT_EQ(next_name(), "other");  // the first was left in the middle, this one is not touched at all
    EXPECT_EQ(next_name(), "last");
    EXPECT_EQ(text().value(), "z");
    EXPECT_EQ(next_name(), "(done)");
  }
}

TEST_F(MultipartReaderTest, BoundsTheLengthOfAText) {
  for (const std::size_t fragment : kFragments) {
    start(fragment);
    peer->sends(part("a", "12345") + part("b", "123456") + kLast).ends();
    EXPECT_EQ(next_name(), "a");
    EXPECT_EQ(text(5).value(), "12345");
    EXPECT_EQ(next_name(), "b");
    EXPECT_EQ(text(5).error().code, Errc::limit);
  }
}

TEST_F(MultipartReaderTest, ReadsAtMostALittleBeyondATextThatIsTooLong) {
  start();
  peer->sends(part("a", std::string(1 << 20, 'x'))).ends();
  EXPECT_EQ(next_name(), "a");
  EXPECT_EQ(text(100).error().code, Errc::limit);
  EXPECT_LE(peer->read_so_far(), 16 * kKiB);
}

TEST_F(MultipartReaderTest, WithoutItsClosingDelimiterIsInvalid) {
  const std::string whole = part("a", "first") + part("file", awkward_content(600)) + "--bound--";
  for (std::size_t length = 0; length < whole.size(); ++length) {
    start(7);
    peer->sends(whole.substr(0, length)).ends();
    Errc code = Errc::closed;
    for (int guard = 0; guard < 10 && code == Errc::closed; ++guard) {
      auto next = io::run_until_done(reader->next_part());
      if (!next) {
        code = next.error().code;
      } else {
        ASSERT_TRUE(next->has_value()) << "cut after " << length;
        if (auto got = content(512); !got) code = got.error().code;
      }
    }
    EXPECT_EQ(code, Errc::invalid_input) << "cut after " << length;
  }
}

TEST_F(MultipartReaderTest, HandsOnTheErrorsOfTheBody) {
  start();
  peer->sends(part("a", "first") + "--bound\r\nContent-Disposition: form-data; name=file\r\n\r\nhalf").resets();
  EXPECT_EQ(next_name(), "a");
  EXPECT_EQ(next_name(), "file");
  EXPECT_EQ(read_once(512).value(), "half");
  EXPECT_EQ(read_once(512).error().code, Errc::truncated);
}

TEST_F(MultipartReaderTest, BoundsThePartsAndTheirHeads) {
  start(SIZE_MAX, {.max_parts = 2, .max_part_head_bytes = 200});
  peer->sends(part("a", "") + part("b", "") + part("c", "") + kLast).ends();
  EXPECT_EQ(next_name(), "a");
  EXPECT_EQ(next_name(), "b");
  EXPECT_EQ(next_name(), "(error limit)");

  start(SIZE_MAX, {.max_parts = 2, .max_part_head_bytes = 200});
  peer->sends(part(std::string(300, 'n'), "") + kLast).ends();
  EXPECT_EQ(next_name(), "(error limit)");
}

TEST_F(MultipartReaderTest, KnowsTheEndAsSoonAsTheDelimiterHasCome) {
  start();
  peer->sends(part("file", "all of it") + part("b", "x") + kLast).ends();
  EXPECT_EQ(next_name(), "file");
  EXPECT_FALSE(reader->content().at_end());
  EXPECT_EQ(read_once(4096).value(), "all of it");
  EXPECT_TRUE(reader->content().at_end());  // without a further read
  EXPECT_EQ(read_once(4096).value(), "");
}

TEST_F(MultipartReaderTest, DoesNotKnowTheEndWhileTheDelimiterIsIncomplete) {
  for (const std::string& tail :
       std::vector<std::string>{"", "\r", "\r\n--bou", "\r\n--bound", "\r\n--bound-", "\r\n--bound \t"}) {
    start();
    peer->sends("--bound\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nall of it" + tail);
    peer->pauses(Seconds(5)).sends("more").ends();
    EXPECT_EQ(next_name(), "file");
    const std::string got = read_once(4096).value();
    EXPECT_EQ(got, "all of it") << tail;
    EXPECT_FALSE(reader->content().at_end()) << tail;
  }
}

// Invariant I8: who takes a block when told "ready" must not be left waiting with it inside read().
TEST_F(MultipartReaderTest, IsNotReadableWhileAllThatCameMayBeADelimiter) {
  start();
  peer->sends("--bound\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n");
  for (const char c : std::string("\r\n--boun")) peer->pauses(Seconds(2)).sends(std::string(1, c));
  peer->pauses(Seconds(2)).sends("X").pauses(Seconds(2)).sends("\r\n--bound").pauses(Seconds(2)).sends("--\r\n").ends();
  EXPECT_EQ(next_name(), "file");
  EXPECT_EQ(io::run_until_done(reader->content().wait_readable(Seconds(1))), io::Readiness::not_yet);
  EXPECT_EQ(content(512).value(), "\r\n--bounX");
  EXPECT_EQ(peer->waits_inside_read(), 0u);
}

TEST_F(MultipartReaderTest, HandsOnAnInterruption) {
  start();
  peer->sends("--bound\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n\r\n--b");
  peer->does([this] { stream->interrupter()->interrupt(); }).pauses(Seconds(1)).sends("x").sends(kLast).ends();
  EXPECT_EQ(next_name(), "file");
  EXPECT_EQ(io::run_until_done(reader->content().wait_readable(Milliseconds::max())), io::Readiness::interrupted);
}

TEST_F(MultipartReaderTest, AFieldIsCountedIntoTheMemoryOfTheRequestAsItComes) {
  for (const std::size_t fragment : {std::size_t{100}, SIZE_MAX}) {
    start(fragment);
    peer->sends("--bound\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n" + std::string(3'000, 'x') + "\r\n")
        .sends("--bound\r\nContent-Disposition: form-data; name=\"b\"\r\n\r\n" + std::string(3'000, 'x'))
        .sends(kLast)
        .ends();
    ByteBudget budget(4'000, 1'000);
    ByteLoan loan(budget);
    EXPECT_EQ(next_name(), "a");
    EXPECT_EQ(io::run_until_done(reader->read_text(5'000, loan)).value().size(), 3'000u);
    EXPECT_EQ(budget.held().value(), 2'000);
    EXPECT_EQ(next_name(), "b");
    EXPECT_EQ(io::run_until_done(reader->read_text(5'000, loan)).error().code, Errc::busy);
    EXPECT_LE(budget.held().value(), 4'000);
  }
}

// A wait that finds the delimiter must leave what came behind it.
TEST_F(MultipartReaderTest, KeepsTheNextPartWhenAWaitFindsTheEnd) {
  start();
  peer->sends("--bound\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\npayload").pauses(Seconds(1));
  peer->sends("\r\n" + part("b", "x") + kLast).ends();
  EXPECT_EQ(next_name(), "file");
  EXPECT_EQ(read_once(4096).value(), "payload");
  EXPECT_EQ(io::run_until_done(reader->content().wait_readable(Milliseconds::max())), io::Readiness::ready);
  EXPECT_EQ(read_once(4096).value(), "");
  EXPECT_EQ(next_name(), "b");
  EXPECT_EQ(text().value(), "x");
}

TEST_F(MultipartReaderTest, ReadsStraightIntoTheCallersBuffer) {
  start();
  peer->sends(part("file", std::string(1 << 20, 'x')) + kLast).ends();
  EXPECT_EQ(next_name(), "file");
  EXPECT_EQ(content(256 * kKiB).value().size(), std::size_t{1} << 20);
  EXPECT_GE(peer->largest_read(), 250 * kKiB);  // not in small pieces that are then copied
}

}  // namespace
}  // namespace stile::http
