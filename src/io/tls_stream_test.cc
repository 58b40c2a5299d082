#include "io/tls_stream.h"

#include <gtest/gtest.h>
#include <sys/ioctl.h>

#include <future>

#include "base/text.h"
#include "io/listener.h"
#include "io/posix_file_system.h"
#include "io/run.h"
#include "io/task_group.h"
#include "io/thread_pool.h"
#include "io/tls_test_pair.h"

namespace stile::io {
namespace {

constexpr Milliseconds kLong{20'000};  // that something which must come may take

class TlsStreams : public testing::Test {
 protected:
  ~TlsStreams() override {
    listener->stop_blocking();
    if (stream) on_home(drop(stream));
  }

  // A stream whose client has connected, and perhaps shaken hands.
  std::unique_ptr<TlsClient> connect(const TlsClient::Options& options = {}) {
    auto client = std::make_unique<TlsClient>(listener->endpoint().port, options);
    arrived.get_future().wait();
    arrived = {};
    set_deadline_in(kLong);
    return client;
  }
  std::unique_ptr<TlsClient> shake_hands(const TlsClient::Options& options = {}) {
    auto client = connect(options);
    auto connected = std::async(std::launch::async, [&] { return client->connect(); });
    EXPECT_TRUE(open());
    EXPECT_TRUE(connected.get());
    return client;
  }

  // On the loop, whose clock reads it meanwhile.
  void set_deadline_in(Milliseconds time) {
    on_home([](Stream& one, Milliseconds left) -> Task<void> {
      one.set_deadline(std::chrono::steady_clock::now() + left);
      co_return;
    }(*stream, time));
  }

  Result<void> open() {
    Result<void> result;
    on_home([](Stream& one, Result<void>& out) -> Task<void> { out = co_await one.open(); }(*stream, result));
    return result;
  }
  // All that comes, in reads of `step` bytes.
  Result<std::string> read_all(std::size_t step = 1000) {
    Result<std::string> all = std::string();
    on_home([](Stream& one, Result<std::string>& out, std::size_t size) -> Task<void> {
      std::vector<std::byte> buffer(size);
      for (;;) {
        auto got = co_await one.read(buffer);
        if (!got) out = fail(got.error());
        if (!got || *got == 0) co_return;
        *out += as_text(Bytes(buffer).first(*got));
      }
    }(*stream, all, step));
    return all;
  }
  Result<void> write(std::string_view head, std::string_view body) {
    Result<void> result;
    on_home([](Stream& one, std::string_view first, std::string_view second, Result<void>& out) -> Task<void> {
      out = co_await one.write(as_bytes(first), as_bytes(second));
    }(*stream, head, body, result));
    return result;
  }
  Readiness wait(Milliseconds at_most) {
    Readiness result{};
    on_home([](Stream& one, Milliseconds time, Readiness& out) -> Task<void> {
      out = co_await one.wait_readable(time);
    }(*stream, at_most, result));
    return result;
  }
  void close() {
    on_home([](Stream& one) -> Task<void> {
      one.shutdown_write();
      co_return;
    }(*stream));
  }
  // Until the kernel takes not one byte more.
  void fill_socket() const {
    const std::string junk(65'536, 'x');
    for (const std::size_t piece : {junk.size(), std::size_t{1}})
      while (::send(descriptor, junk.data(), piece, MSG_DONTWAIT) > 0) {}
  }
  // Until so many bytes are in the socket.
  void wait_for_bytes(std::size_t count) const {
    const auto end = std::chrono::steady_clock::now() + kLong;
    int there = 0;
    while (static_cast<std::size_t>(there) < count && std::chrono::steady_clock::now() < end)
      ASSERT_EQ(::ioctl(descriptor, FIONREAD, &there), 0);
    ASSERT_EQ(static_cast<std::size_t>(there), count);
  }
  static Task<void> drop(std::unique_ptr<Stream>& one) {
    one.reset();
    co_return;
  }
  void on_home(Task<void> task) {
    group.spawn(loop, std::move(task));
    run_until_done(group.drain());
  }

  TestCertificate files;
  std::shared_ptr<const TlsContext> context = *TlsContext::load_blocking(files.files());
  std::promise<void> arrived;
  std::unique_ptr<Stream> stream;
  int descriptor = -1;
  Loop loop{"tls"};
  TaskGroup group{[](std::exception_ptr) { ADD_FAILURE(); }};
  std::unique_ptr<Listener> listener = [this] {
    auto opened = Listener::open_blocking("127.0.0.1", 0, {&loop}, [this](Loop&, std::unique_ptr<TcpStream> socket) {
      descriptor = socket->descriptor();
      stream = std::make_unique<TlsStream>(std::move(socket), context);
      arrived.set_value();
    });
    (*opened)->start();
    return std::move(*opened);
  }();
};

std::string noise(std::size_t size) {
  std::string text(size, ' ');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i * 7919 % 26 + (i >> 16) % 3);
  return text;
}

TEST_F(TlsStreams, WhatIsSentArrivesHoweverItIsCutAndRead) {
  for (const std::size_t fragment : {1, 2, 3, 7, 16, 31, 4096, 0}) {
    for (const std::size_t step : {1, 7, 1000, 300'000}) {
      if (fragment == 1 && step == 1) continue;
      const auto client = connect();
      client->send_in_pieces_of(fragment);
      const std::string text = noise(fragment < 16 && fragment > 0 ? 2000 : step < 10 ? 20'000 : 400'000);
      auto sent = std::async(std::launch::async, [&] {
        EXPECT_TRUE(client->connect());
        client->send(text);
        client->say_goodbye();
      });
      EXPECT_TRUE(open()) << fragment;
      const auto all = read_all(step);
      sent.get();
      ASSERT_TRUE(all) << fragment << ' ' << step << ' ' << all.error().cause;
      EXPECT_TRUE(*all == text) << fragment << ' ' << step;
      on_home(drop(stream));
    }
  }
}

TEST_F(TlsStreams, SpeaksTls12And13AndNothingOlder) {
  EXPECT_EQ(shake_hands({.max_version = TLS1_3_VERSION})->version(), "TLSv1.3");
  on_home(drop(stream));
  EXPECT_EQ(shake_hands({.max_version = TLS1_2_VERSION})->version(), "TLSv1.2");
  on_home(drop(stream));
  for (const int old : {TLS1_1_VERSION, TLS1_VERSION}) {
    const auto client = connect({.max_version = old});
    auto connected = std::async(std::launch::async, [&] { return client->connect(); });
    EXPECT_FALSE(open());
    EXPECT_FALSE(connected.get());
    on_home(drop(stream));
  }
}

TEST_F(TlsStreams, ChoosesHttp11AndRefusesWhoSpeaksOnlySomethingElse) {
  EXPECT_EQ(shake_hands({.alpn = "\x02h2\x08http/1.1"})->protocol(), "http/1.1");
  on_home(drop(stream));
  EXPECT_EQ(shake_hands()->protocol(), "");
  on_home(drop(stream));
  const auto client = connect({.alpn = "\x02h2"});
  auto connected = std::async(std::launch::async, [&] { return client->connect(); });
  EXPECT_FALSE(open());
  EXPECT_FALSE(connected.get());
}

TEST_F(TlsStreams, WritesMoreThanTheKernelTakesAtOnceAndEndsCleanly) {
  const auto client = shake_hands();
  auto received = std::async(std::launch::async, [&] { return client->receive_to_end(); });
  const std::string head = noise(3'000'000), body = noise(5'000'000);
  EXPECT_TRUE(write(head, body));
  EXPECT_TRUE(write("small", " and joined"));
  EXPECT_TRUE(write("", "alone"));
  EXPECT_TRUE(write(noise(16'383), noise(2)));
  close();
  const auto all = received.get();
  EXPECT_TRUE(all.text == head + body + "small and joined" + "alone" + noise(16'383) + noise(2));
  EXPECT_EQ(all.end, TlsClient::End::goodbye);
}

TEST_F(TlsStreams, AnEndWithoutGoodbyeIsTruncated) {
  const auto client = shake_hands();
  client->send("half");
  client->half_close();
  EXPECT_EQ(read_all().error().code, Errc::truncated);
}

TEST_F(TlsStreams, AnEndInTheMiddleOfARecordIsTruncated) {
  const auto client = shake_hands();
  const std::string record = client->record_of("a whole one");
  client->send_raw(record.substr(0, record.size() - 1));
  client->half_close();
  EXPECT_EQ(read_all().error().code, Errc::truncated);
}

TEST_F(TlsStreams, AForgedRecordEndsTheConnectionWithoutAWord) {
  const auto client = shake_hands();
  std::string record = client->record_of("Give Bob a hundred");
  record.back() = static_cast<char>(record.back() ^ 1);
  client->send_raw(record);
  EXPECT_EQ(read_all().error().code, Errc::truncated);
  EXPECT_EQ(read_all().error().code, Errc::truncated);  // and it stays so
  EXPECT_FALSE(write("too late", ""));
}

TEST_F(TlsStreams, AfterItsGoodbyeAPeerStillGetsItsAnswer) {
  const auto client = shake_hands();
  client->send("question");
  client->say_goodbye();
  EXPECT_EQ(read_all(), "question");
  EXPECT_EQ(read_all(), "");  // the end goes on meaning it
  auto received = std::async(std::launch::async, [&] { return client->receive_raw_to_end().size(); });
  EXPECT_TRUE(write("answer", ""));
  close();
  EXPECT_GT(received.get(), 6u);
}

TEST_F(TlsStreams, PartOfARecordIsNotReadable) {
  const auto client = shake_hands();
  const std::string record = client->record_of(noise(16'000));
  EXPECT_EQ(wait(Milliseconds(0)), Readiness::not_yet);
  client->send_raw(record.substr(0, record.size() - 1));
  EXPECT_EQ(wait(Milliseconds(1)), Readiness::not_yet);
  std::byte buffer[10];
  EXPECT_EQ(stream->try_read(buffer).value(), std::nullopt);
  EXPECT_FALSE(stream->wait_blocking(Milliseconds(0)));
  client->send_raw(record.substr(record.size() - 1));
  EXPECT_EQ(wait(kLong), Readiness::ready);
  EXPECT_EQ(stream->try_read(buffer).value(), 10u);
  EXPECT_EQ(wait(Milliseconds(0)), Readiness::ready);  // what is left of the record is not in the socket any more
}

TEST_F(TlsStreams, OneReadTakesAllRecordsThatHaveCome) {
  const auto client = shake_hands();
  const std::string text = noise(40'000);
  std::string records;
  for (std::size_t at = 0; at < text.size(); at += 1000) records += client->record_of(text.substr(at, 1000));
  client->send_raw(records);
  wait_for_bytes(records.size());
  std::vector<std::byte> buffer(100'000);
  ASSERT_EQ(stream->try_read(buffer).value(), text.size());
  EXPECT_TRUE(as_text(Bytes(buffer).first(text.size())) == text);
  EXPECT_EQ(stream->try_read(buffer).value(), std::nullopt);
}

// What is opened must not run over what is still sealed in the same buffer.
TEST_F(TlsStreams, AFullRecordThatOnlyLackedItsEndHasRoomBeforeTheNextOnes) {
  const auto client = shake_hands();
  const std::string text = noise(4 * 16'384);
  std::string records;
  for (std::size_t at = 0; at < text.size(); at += 16'384) records += client->record_of(text.substr(at, 16'384));
  const std::size_t first = records.size() / 4 - 1;  // bytes
  std::vector<std::byte> buffer(text.size() + 1000);
  client->send_raw(records.substr(0, first));
  wait_for_bytes(first);
  ASSERT_EQ(stream->try_read(buffer).value(), std::nullopt);
  client->send_raw(records.substr(first));
  wait_for_bytes(records.size() - first);
  std::string all;
  while (all.size() < text.size()) {
    const auto got = stream->try_read(buffer);
    ASSERT_TRUE(got && got->has_value()) << all.size();
    all += as_text(Bytes(buffer).first(**got));
  }
  EXPECT_TRUE(all == text);
}

TEST_F(TlsStreams, WhatCameBeforeAForgedRecordIsHandedOutAndNothingBehindIt) {
  const auto client = shake_hands();
  const std::string good = client->record_of("good");
  std::string forged = client->record_of("forged");
  forged.back() = static_cast<char>(forged.back() ^ 1);
  const std::string records = good + forged + client->record_of("never");
  client->send_raw(records);
  wait_for_bytes(records.size());
  std::vector<std::byte> buffer(100'000);
  ASSERT_EQ(stream->try_read(buffer).value(), 4u);
  EXPECT_EQ(as_text(Bytes(buffer).first(4)), "good");
  EXPECT_EQ(stream->try_read(buffer).error().code, Errc::truncated);
  EXPECT_EQ(stream->try_read(buffer).error().code, Errc::truncated);
}

TEST_F(TlsStreams, APoolTakesWhatComesWhileTheHomeWaitsForIt) {
  const auto client = shake_hands();
  const std::string text = noise(3'000'000);
  auto sent = std::async(std::launch::async, [&] {
    client->send(text);
    client->say_goodbye();
  });
  ThreadPool pool("pool", 1, 1);
  std::string all;
  const auto take = [](Stream& one, ThreadPool& on, std::string& into) -> Task<void> {
    const auto pump = [&]() -> Result<bool> {
      std::vector<std::byte> buffer(100'000);
      for (;;) {
        auto got = one.try_read(buffer);
        if (!got) return fail(got.error());
        if (!got->has_value()) {
          if (!one.wait_blocking(Milliseconds(1))) return true;
          continue;
        }
        if (**got == 0) return false;
        into += as_text(Bytes(buffer).first(**got));
      }
    };
    for (;;) {
      (void)co_await one.wait_readable(Milliseconds::max());
      const auto more = co_await on.run(pump);
      if (!more || !*more) co_return;
    }
  };
  on_home(take(*stream, pool, all));
  sent.get();
  EXPECT_TRUE(all == text);
}

TEST_F(TlsStreams, WaitingEndsByInterruptAndByDeadline) {
  const auto client = shake_hands();
  stream->interrupter()->interrupt();
  EXPECT_EQ(wait(Milliseconds::max()), Readiness::interrupted);
  set_deadline_in(Milliseconds(1));
  EXPECT_EQ(wait(Milliseconds::max()), Readiness::ready);
  EXPECT_EQ(read_all().error().code, Errc::timed_out);
  EXPECT_EQ(write("", noise(50'000'000)).error().code, Errc::timed_out);
  close();
}

TEST_F(TlsStreams, AMessageThatWasGivenUpDoesNotEndLikeAWholeOne) {
  const auto client = shake_hands();
  set_deadline_in(Milliseconds(1));
  EXPECT_FALSE(write("", noise(50'000'000)));
  auto received = std::async(std::launch::async, [&] { return client->receive_to_end(); });
  close();
  on_home(drop(stream));
  EXPECT_NE(received.get().end, TlsClient::End::goodbye);
}

TEST_F(TlsStreams, TheGoodbyeWaitsForAFullSocket) {
  const auto client = shake_hands();
  client->half_close();
  fill_socket();
  close();
  auto received = std::async(std::launch::async, [&] { return client->receive_raw_to_end(); });
  EXPECT_EQ(wait(kLong), Readiness::ready);
  const std::string raw = received.get();
  const std::size_t behind_the_junk = raw.find_last_of('x', raw.rfind("xxxxxxxx") + 8) + 1;
  EXPECT_EQ(raw.substr(behind_the_junk, 3), "\x17\x03\x03");
}

TEST_F(TlsStreams, TheGoodbyeDoesNotWaitForEver) {
  const auto client = shake_hands();
  fill_socket();
  close();
  set_deadline_in(Milliseconds(1));
  EXPECT_EQ(wait(Milliseconds::max()), Readiness::ready);
  EXPECT_FALSE(client->receive_raw_to_end().empty());  // there is an end, with or without the goodbye
}

TEST_F(TlsStreams, SendsAPartOfAFile) {
  const auto client = shake_hands();
  const auto root = std::move(*PosixFileSystem::open_root_blocking(files.folder()));
  const auto file = std::move(*root->open_blocking(SafePath("a"), OpenMode::create_new));
  const std::string content = noise(3'000'000);
  ASSERT_TRUE(file->write_at_blocking(0, as_bytes(content)));
  auto received = std::async(std::launch::async, [&] { return client->receive_to_end(); });
  Result<void> part = fail(Errc::closed), beyond;
  const auto send = [](Stream& one, const File& from, std::uint64_t size, Result<void>& good,
                       Result<void>& bad) -> Task<void> {
    good = co_await one.send_file(from, 10, size - 20);
    bad = co_await one.send_file(from, size, 1);
    one.shutdown_write();
  };
  on_home(send(*stream, *file, content.size(), part, beyond));
  EXPECT_TRUE(part);
  EXPECT_EQ(beyond.error().code, Errc::io_error);
  const auto all = received.get();
  EXPECT_TRUE(all.text == content.substr(10, content.size() - 20));
  EXPECT_EQ(all.end, TlsClient::End::cut);  // for the file ended early
}

TEST_F(TlsStreams, WhoSpeaksPlainHttpIsToldSoInPlainText) {
  const auto client = connect();
  client->send_raw("GET / HTTP/1.1\r\n\r\n");
  const auto opened = open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::invalid_input);
  EXPECT_TRUE(write("Wrong ", "door"));
  close();
  EXPECT_EQ(client->receive_raw_to_end(), "Wrong door");
}

TEST_F(TlsStreams, NonsenseInTheHandshakeIsDropped) {
  using std::string_literals::operator""s;
  const std::string nonsense[] = {"\x80\x2e\x01\x03\x01"s,                       // SSL 2
                                  "\x16\x02\x00\x00\x10"s,                       // a version there never was
                                  "\x16\x03\x01\x00\x10\x02\x00\x00\x0c"s,       // not a ClientHello
                                  "\x16\x03\x01\x40\x00\x01\x00\x40\x01"s,       // one that wants a large buffer
                                  "\x16\x03\x01\x00\x01\x01\x16\x03\x01"s,       // one whose length comes later
                                  "\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03"s};  // one too short to be one
  for (const std::string& bytes : nonsense) {
    for (const std::size_t fragment : {1, 0}) {
      const auto client = connect();
      client->send_in_pieces_of(fragment);
      client->send_raw(bytes);
      client->half_close();
      const auto opened = open();
      EXPECT_FALSE(opened);
      EXPECT_NE(opened.error().code, Errc::invalid_input) << hex_encode(as_bytes(bytes));
      EXPECT_NE(opened.error().code, Errc::timed_out) << hex_encode(as_bytes(bytes));
      on_home(drop(stream));
    }
  }
}

TEST_F(TlsStreams, AHandshakeEndsByDeadlineAndByInterrupt) {
  for (const std::string_view begun : {"", "\x16\x03\x01", "\x16\x03\x01\x00\xff\x01\x00\x00\xfb"}) {
    const auto client = connect();
    client->send_raw(begun);
    set_deadline_in(Milliseconds(1));
    EXPECT_EQ(open().error().code, Errc::timed_out);
    on_home(drop(stream));
  }
  const auto client = connect();
  stream->interrupter()->interrupt();
  EXPECT_EQ(open().error().code, Errc::closed);
}

TEST_F(TlsStreams, AnAbandonedConnectionSaysGoodbye) {
  const auto client = shake_hands();
  auto received = std::async(std::launch::async, [&] { return client->receive_to_end(); });
  on_home(drop(stream));
  EXPECT_EQ(received.get().end, TlsClient::End::goodbye);
}

}  // namespace
}  // namespace stile::io
