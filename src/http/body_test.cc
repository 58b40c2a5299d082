#include "http/body.h"

#include <gtest/gtest.h>

#include "http/script_stream.h"
#include "io/run.h"

namespace stile::http {
namespace {

constexpr std::size_t kFragments[] = {1, 2, 3, 7, 16, 31, SIZE_MAX};

RequestHead head_with_length(std::uint64_t length) {
  RequestHead head;
  head.framing = BodyFraming::length;
  head.content_length = length;
  return head;
}

RequestHead chunked_head() {
  RequestHead head;
  head.framing = BodyFraming::chunked;
  return head;
}

// A body read from a scripted peer, and what stands behind it.
class BodyTest : public testing::Test {
 protected:
  void start(const RequestHead& head, std::size_t fragment = SIZE_MAX) {
    peer = std::make_shared<Peer>(clock, fragment);
    stream.emplace(peer);
    input.emplace(*stream);
    body.emplace(*input, head, pace, clock);
  }

  Result<std::string> read_all(std::size_t window = 4096) {
    std::string text;
    for (int guard = 0; guard < 100'000; ++guard) {
      (void)io::run_until_done(body->wait_readable(Milliseconds::max()));
      auto got = read(window);
      if (!got) return got;
      if (got->empty()) return text;
      text += *got;
    }
    return fail(Errc::limit, "the body never ends");
  }

  Result<std::string> read(std::size_t window = 4096) {
    std::vector<std::byte> buffer(window);
    auto got = io::run_until_done(body->read(buffer));
    if (!got) return fail(got.error());
    return std::string(as_text(Bytes(buffer).first(*got)));
  }

  std::string rest_of_connection() {
    std::string text;
    std::vector<std::byte> buffer(64);
    for (;;) {
      auto got = io::run_until_done(input->read(buffer));
      if (!got || *got == 0) return text;
      text += as_text(Bytes(buffer).first(*got));
    }
  }

  FakeClock clock;
  BodyPace pace;
  std::shared_ptr<Peer> peer;
  std::optional<ScriptStream> stream;
  std::optional<Input> input;
  std::optional<Body> body;
};

TEST_F(BodyTest, OfKnownLengthEndsThereAndLeavesTheNextRequestAlone) {
  for (const std::size_t fragment : kFragments) {
    for (const std::size_t window : {1, 2, 5, 4096}) {
      start(head_with_length(5), fragment);
      peer->sends("helloGET /").ends();
      EXPECT_EQ(read_all(window).value(), "hello");
      EXPECT_TRUE(body->at_end());
      EXPECT_EQ(body->received(), 5u);
      EXPECT_EQ(rest_of_connection(), "GET /");
    }
  }
}

TEST_F(BodyTest, TakesWhatWasReadWithTheHeadFirst) {
  start(head_with_length(6), 2);
  input->put_back(as_bytes("abc"));
  peer->sends("defGET /").ends();
  EXPECT_EQ(read_all().value(), "abcdef");
  EXPECT_EQ(rest_of_connection(), "GET /");
}

TEST_F(BodyTest, ThatIsEmptyEndsWithoutTouchingTheStream) {
  start(head_with_length(0));
  EXPECT_TRUE(body->at_end());
  EXPECT_EQ(read_all().value(), "");
  start(RequestHead{});
  EXPECT_TRUE(body->at_end());
  EXPECT_EQ(read_all().value(), "");
  EXPECT_EQ(clock.steady_now(), FakeClock().steady_now());
}

TEST_F(BodyTest, CutShortIsTruncated) {
  start(head_with_length(5));
  peer->sends("hell").ends();
  EXPECT_EQ(read_all().error().code, Errc::truncated);
  EXPECT_FALSE(body->can_be_drained());

  start(chunked_head());
  peer->sends("5\r\nhello\r\n").ends();
  EXPECT_EQ(read_all().error().code, Errc::truncated);
  EXPECT_FALSE(body->can_be_drained());
}

TEST_F(BodyTest, InChunksIsTheSameAtEveryFragmentAndWindowAndLeavesThePipelinedRequest) {
  const std::string coded = "5\r\nhello\r\n1;ext=1\r\n \r\n00A\r\nwide world\r\n0\r\nTrailer: x\r\n\r\nGET /next";
  for (const std::size_t fragment : kFragments) {
    for (const std::size_t window : {1, 2, 3, 7, 16, 64, 4096}) {
      start(chunked_head(), fragment);
      peer->sends(coded).ends();
      EXPECT_EQ(read_all(window).value(), "hello wide world") << fragment << " " << window;
      EXPECT_TRUE(body->at_end());
      EXPECT_EQ(body->received(), 16u);
      EXPECT_EQ(rest_of_connection(), "GET /next") << fragment << " " << window;
    }
  }
}

TEST_F(BodyTest, InBrokenChunksIsInvalid) {
  start(chunked_head());
  peer->sends("5\r\nhello!\r\n0\r\n\r\n").ends();
  EXPECT_EQ(read_all().error().code, Errc::invalid_input);
  EXPECT_FALSE(body->can_be_drained());
}

TEST_F(BodyTest, AsksForItselfOnlyWhenItIsRead) {
  RequestHead head = head_with_length(5);
  head.expect_continue = true;
  start(head);
  peer->awaits("100 Continue").sends("hello").ends();
  EXPECT_EQ(peer->written(), "");
  EXPECT_FALSE(body->can_be_drained());  // nobody asked for it, so it will not come
  EXPECT_EQ(read_all().value(), "hello");
  EXPECT_EQ(peer->written(), "HTTP/1.1 100 Continue\r\n\r\n");
}

TEST_F(BodyTest, AsksForItselfOnceWhenItIsReadWithoutAWait) {
  RequestHead head = chunked_head();
  head.expect_continue = true;
  start(head, 3);
  peer->awaits("100 Continue").sends("5\r\nhello\r\n0\r\n\r\n").ends();
  EXPECT_EQ(read(64).value().substr(0, 1), "h");
  EXPECT_TRUE(read_all().has_value());
  EXPECT_EQ(peer->writes().size(), 1u);
}

TEST_F(BodyTest, WithoutContentNeverAsksForItself) {
  RequestHead head;
  head.expect_continue = true;
  start(head);
  EXPECT_EQ(read_all().value(), "");
  EXPECT_EQ(peer->written(), "");
}

TEST_F(BodyTest, MayPauseForTheIdleTimeAndNotLonger) {
  start(head_with_length(6));
  peer->sends("abc").pauses(pace.idle_timeout - Milliseconds(1)).sends("def").ends();
  pace.grace = Seconds(1000);
  EXPECT_EQ(body->received(), 0u);
  EXPECT_EQ(read(8).value(), "abc");
  EXPECT_EQ(io::run_until_done(body->wait_readable(Milliseconds::max())), io::Readiness::ready);

  start(head_with_length(6));
  peer->sends("abc").pauses(pace.idle_timeout + Milliseconds(1)).sends("def").ends();
  EXPECT_EQ(read_all().error().code, Errc::timed_out);
  EXPECT_FALSE(body->can_be_drained());
}

TEST_F(BodyTest, SlowerThanTheMinimumRateIsTimedOut) {
  pace = {.idle_timeout = Seconds(60), .grace = Seconds(30), .min_bytes_per_second = 100};
  start(head_with_length(1'000'000));
  for (int i = 0; i < 1000; ++i) peer->sends("x").pauses(Seconds(1));
  EXPECT_EQ(read_all().error().code, Errc::timed_out);
  EXPECT_LE(clock.steady_now() - FakeClock().steady_now(), Seconds(33));
}

TEST_F(BodyTest, AtTheMinimumRateIsTaken) {
  pace = {.idle_timeout = Seconds(60), .grace = Seconds(5), .min_bytes_per_second = 100};
  start(head_with_length(6000));
  for (int i = 0; i < 60; ++i) peer->sends(std::string(100, 'x')).pauses(Seconds(1));
  EXPECT_EQ(read_all().value().size(), 6000u);
}

TEST_F(BodyTest, TheTimeOfAReaderThatIsBusyElsewhereDoesNotCount) {
  pace = {.idle_timeout = Seconds(60), .grace = Seconds(5), .min_bytes_per_second = 100};
  start(head_with_length(10), 1);
  peer->sends(std::string(10, 'x')).ends();
  std::string text;
  for (int i = 0; i < 10; ++i) {
    text += read(1).value();
    clock.advance(Seconds(600));  // a disk that is slower than the network
  }
  EXPECT_EQ(text.size(), 10u);
}

TEST_F(BodyTest, DribblingChunkOverheadIsTimedOutByTheMinimumRate) {
  pace = {.idle_timeout = Seconds(60), .grace = Seconds(30), .min_bytes_per_second = 100};
  start(chunked_head(), 1);
  peer->sends("5;");
  for (int i = 0; i < 500; ++i) peer->pauses(Seconds(59)).sends("x");
  EXPECT_EQ(read_all().error().code, Errc::timed_out);
  EXPECT_LE(clock.steady_now() - FakeClock().steady_now(), Seconds(120));
}

TEST_F(BodyTest, SaysNotYetWhileNothingComes) {
  start(head_with_length(5));
  peer->pauses(Seconds(10)).sends("hello").ends();
  EXPECT_EQ(io::run_until_done(body->wait_readable(Seconds(4))), io::Readiness::not_yet);
  EXPECT_EQ(io::run_until_done(body->wait_readable(Seconds(4))), io::Readiness::not_yet);
  EXPECT_EQ(io::run_until_done(body->wait_readable(Seconds(4))), io::Readiness::ready);
}

TEST_F(BodyTest, HandsOnAnInterruption) {
  start(head_with_length(5));
  peer->does([this] { body->interrupter()->interrupt(); }).pauses(Seconds(1)).sends("hello").ends();
  EXPECT_EQ(io::run_until_done(body->wait_readable(Milliseconds::max())), io::Readiness::interrupted);
  EXPECT_EQ(read_all().value(), "hello");
}

// Invariant I8: a reader takes a block once wait_readable says so; then read() must not sit on it.
TEST_F(BodyTest, InChunksIsNotReadableUntilThereIsPayload) {
  start(chunked_head(), 1);
  peer->sends("5;extension").pauses(Seconds(3)).sends("\r").pauses(Seconds(3)).sends("\n").pauses(Seconds(3));
  peer->sends("hello\r\n").pauses(Seconds(3)).sends("0\r\n").pauses(Seconds(3)).sends("\r\n").ends();
  EXPECT_EQ(read_all().value(), "hello");
  EXPECT_EQ(peer->waits_inside_read(), 0u);
}

}  // namespace
}  // namespace stile::http
