#include "io/tcp_stream.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <future>
#include <memory>
#include <mutex>
#include <vector>

#include "base/random.h"
#include "io/listener.h"
#include "io/posix_file_system.h"
#include "io/run.h"
#include "io/signals.h"
#include "io/task_group.h"

namespace stile::io {
namespace {

// A blocking client at the other end.
class Client {
 public:
  explicit Client(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  ~Client() { close(); }
  Client(const Client&) = delete;

  void send(std::string_view text) {
    EXPECT_EQ(::send(fd_, text.data(), text.size(), MSG_NOSIGNAL), ssize_t(text.size()));
  }
  std::string receive_to_end() {
    std::string all;
    char buffer[65536];
    for (ssize_t got; (got = ::recv(fd_, buffer, sizeof buffer, 0)) > 0;) all.append(buffer, std::size_t(got));
    return all;
  }
  void reset() {
    const linger abort{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
    close();
  }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

class TcpStreams : public testing::Test {
 protected:
  TcpStreams() {
    ignore_sigpipe();
    auto opened =
        Listener::open_blocking("127.0.0.1", 0, {&one, &two}, [this](Loop& loop, std::unique_ptr<Stream> stream) {
          std::lock_guard lock(mutex);
          homes.push_back(&loop);
          streams.push_back(std::move(stream));
          if (streams.size() == expected) all_here.set_value();
        });
    EXPECT_TRUE(opened);
    listener = std::move(*opened);
  }
  ~TcpStreams() override {
    listener->stop_blocking();
    for (std::size_t i = 0; i < streams.size(); ++i) on_home(i, drop(streams[i]));
  }
  // A connected pair: the client, and stream number 0 on homes[0].
  std::unique_ptr<Client> connect() {
    auto client = std::make_unique<Client>(listener->endpoint().port);
    listener->start();
    all_here.get_future().wait();
    return client;
  }
  static Task<void> drop(std::unique_ptr<Stream>& stream) {
    stream.reset();
    co_return;
  }
  void on_home(std::size_t number, Task<void> task) {
    group.spawn(*homes[number], std::move(task));
    io::run_until_done(group.drain());
  }

  std::promise<void> all_here;
  std::size_t expected = 1;
  std::mutex mutex;
  std::vector<Loop*> homes;
  std::vector<std::unique_ptr<Stream>> streams;
  Loop one{"one"}, two{"two"};
  TaskGroup group{[](std::exception_ptr) { ADD_FAILURE(); }};
  std::unique_ptr<Listener> listener;
};

Task<void> read_all(Stream& stream, std::string& all, Result<std::size_t>& last) {
  std::vector<std::byte> buffer(1000);
  for (;;) {
    last = co_await stream.read(buffer);
    if (!last || *last == 0) co_return;
    all += as_text(Bytes(buffer).first(*last));
  }
}
Task<void> write_all(Stream& stream, std::string_view head, std::string_view body, Result<void>& result) {
  result = co_await stream.write(as_bytes(head), as_bytes(body));
  stream.shutdown_write();
}
Task<void> wait(Stream& stream, Milliseconds at_most, Readiness& result) {
  result = co_await stream.wait_readable(at_most);
}

TEST_F(TcpStreams, ReadsWhatComesUntilTheEnd) {
  const auto client = connect();
  EXPECT_EQ(streams[0]->peer(), "127.0.0.1");
  const std::string text(100'000, 'x');
  std::string all;
  Result<std::size_t> last;
  client->send(text);
  client->close();
  on_home(0, read_all(*streams[0], all, last));
  EXPECT_EQ(all, text);
  EXPECT_EQ(last, 0u);
}

TEST_F(TcpStreams, AResetIsTruncated) {
  const auto client = connect();
  client->send("half");
  client->reset();
  std::string all;
  Result<std::size_t> last;
  on_home(0, read_all(*streams[0], all, last));
  EXPECT_EQ(last.error().code, Errc::truncated);
}

TEST_F(TcpStreams, WritesMoreThanTheKernelTakesAtOnce) {
  const auto client = connect();
  const std::string head(3'000'000, 'h'), body(5'000'000, 'b');
  auto received = std::async(std::launch::async, [&] { return client->receive_to_end(); });
  Result<void> result;
  on_home(0, write_all(*streams[0], head, body, result));
  EXPECT_TRUE(result);
  EXPECT_TRUE(received.get() == head + body);
}

TEST_F(TcpStreams, ADeadlineEndsAReadAndAWrite) {
  const auto client = connect();
  on_home(0, [](Stream& stream) -> Task<void> {  // whose loop reads it meanwhile
    stream.set_deadline(std::chrono::steady_clock::now() + Milliseconds{1});
    co_return;
  }(*streams[0]));
  std::string all;
  Result<std::size_t> last;
  on_home(0, read_all(*streams[0], all, last));
  EXPECT_EQ(last.error().code, Errc::timed_out);
  Result<void> result;
  const std::string endless(50'000'000, 'x');
  on_home(0, write_all(*streams[0], {}, endless, result));
  EXPECT_EQ(result.error().code, Errc::timed_out);
}

TEST_F(TcpStreams, WaitingEndsByTimeDataOrInterrupt) {
  const auto client = connect();
  Readiness ready{};
  on_home(0, wait(*streams[0], Milliseconds{1}, ready));
  EXPECT_EQ(ready, Readiness::not_yet);
  const auto interrupter = streams[0]->interrupter();
  interrupter->interrupt();  // before the wait
  on_home(0, wait(*streams[0], Milliseconds::max(), ready));
  EXPECT_EQ(ready, Readiness::interrupted);
  group.spawn(*homes[0], wait(*streams[0], Milliseconds::max(), ready));
  interrupter->interrupt();  // perhaps during it
  run_until_done(group.drain());
  EXPECT_EQ(ready, Readiness::interrupted);
  group.spawn(*homes[0], wait(*streams[0], Milliseconds::max(), ready));
  client->send("x");
  run_until_done(group.drain());
  EXPECT_EQ(ready, Readiness::ready);
  on_home(0, drop(streams[0]));
  interrupter->interrupt();  // nobody is there any more
}

TEST_F(TcpStreams, ALentStreamIsReadByAnotherThreadAndCanBeWaitedForAgain) {
  const auto client = connect();
  Readiness ready{};
  on_home(0, wait(*streams[0], Milliseconds{1}, ready));  // leaves the kernel armed
  on_home(0, [](Stream& stream) -> Task<void> {
    stream.lend();
    stream.lend();  // needs no counterpart
    co_return;
  }(*streams[0]));
  std::vector<std::byte> buffer(10);
  EXPECT_EQ(streams[0]->try_read(buffer).value(), std::nullopt);
  client->send("lent");
  ASSERT_TRUE(streams[0]->wait_blocking(std::chrono::minutes(1)));
  const auto got = streams[0]->try_read(buffer).value();
  ASSERT_TRUE(got);
  EXPECT_EQ(as_text(Bytes(buffer).first(*got)), "lent");
  group.spawn(*homes[0], wait(*streams[0], Milliseconds::max(), ready));
  client->send("home");
  run_until_done(group.drain());
  EXPECT_EQ(ready, Readiness::ready);
  client->close();
  std::string all;
  Result<std::size_t> last;
  on_home(0, read_all(*streams[0], all, last));
  EXPECT_EQ(all, "home");
}

TEST_F(TcpStreams, SendsAPartOfAFile) {
  const auto client = connect();
  SystemRandom random;
  const auto folder = std::filesystem::temp_directory_path() / ("stile-send-" + random_hex(random, 16));
  const auto files = std::move(*PosixFileSystem::open_root_blocking(folder.string()));
  const auto file = std::move(*files->open_blocking(SafePath("a"), OpenMode::create_new));
  const std::string content = std::string(3'000'000, 'a') + "end";
  ASSERT_TRUE(file->write_at_blocking(0, as_bytes(content)));
  auto received = std::async(std::launch::async, [&] { return client->receive_to_end(); });
  Result<void> whole = fail(Errc::closed), beyond;
  const auto send = [](Stream& stream, const File& from, std::uint64_t size, Result<void>& good,
                       Result<void>& bad) -> Task<void> {
    good = co_await stream.send_file(from, 10, size - 10);
    bad = co_await stream.send_file(from, size, 1);
    stream.shutdown_write();
  };
  on_home(0, send(*streams[0], *file, content.size(), whole, beyond));
  EXPECT_TRUE(whole);
  EXPECT_EQ(beyond.error().code, Errc::io_error);
  EXPECT_TRUE(received.get() == content.substr(10));
  std::filesystem::remove_all(folder);
}

TEST_F(TcpStreams, ConnectionsAcceptedTogetherAreSpreadOverTheLoops) {
  expected = 4;
  std::vector<std::unique_ptr<Client>> clients;
  for (std::size_t i = 0; i < expected; ++i) clients.push_back(std::make_unique<Client>(listener->endpoint().port));
  listener->start();
  all_here.get_future().wait();
  EXPECT_EQ(std::ranges::count(homes, &one), 2);
  EXPECT_EQ(one.load() + two.load(), 4u);
}

TEST_F(TcpStreams, AStoppedListenerKeepsItsName) {
  const auto endpoint = listener->endpoint();
  EXPECT_NE(endpoint.port, 0);
  EXPECT_EQ(endpoint.text(), "127.0.0.1:" + std::to_string(endpoint.port));
  EXPECT_EQ(Listener::open_blocking("127.0.0.1", endpoint.port, {&one}, {}).error().code, Errc::already_exists);
  listener->stop_blocking();
  listener->stop_blocking();
  EXPECT_EQ(listener->endpoint().port, endpoint.port);
  EXPECT_TRUE(Listener::open_blocking("127.0.0.1", endpoint.port, {&one}, {}));
}

}  // namespace
}  // namespace stile::io
