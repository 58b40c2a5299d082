#include "notify/curl_client.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <thread>

#include "base/check.h"

namespace stile::notify {
namespace {

// One connection after the other on 127.0.0.1: reads a request, sends what `answer` says, closes.
class Receiver {
 public:
  // Sends with `send` until it returns false (the peer is gone, or the test is over).
  using Send = std::function<bool(std::string_view)>;
  using Answer = std::function<void(const Send& send)>;

  explicit Receiver(Answer answer) : answer_(std::move(answer)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 && listen(listener_, 16) == 0);
    socklen_t size = sizeof address;
    CHECK(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  explicit Receiver(std::string answer) : Receiver([answer](const Send& send) { send(answer); }) {}
  ~Receiver() {
    over_ = true;
    over_.notify_all();
    thread_.join();
    close(listener_);
  }

  std::string url(std::string_view path, std::string_view host = "127.0.0.1") const {
    return "http://" + std::string(host) + ":" + std::to_string(port_) + std::string(path);
  }
  std::vector<std::string> requests() const {
    std::lock_guard lock(mutex_);
    return requests_;
  }
  int connections() const { return connections_; }
  void wait_until_over() const { over_.wait(false); }

 private:
  bool readable(int fd) const {
    while (!over_) {
      pollfd waiting{fd, POLLIN, 0};
      if (poll(&waiting, 1, 20) > 0) return true;
    }
    return false;
  }

  void serve() {
    while (readable(listener_)) {
      const int peer = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (peer < 0) continue;
      ++connections_;
      read_request(peer);
      answer_([this, peer](std::string_view text) {
        while (!text.empty() && !over_) {
          const ssize_t sent = send(peer, text.data(), text.size(), MSG_NOSIGNAL);
          if (sent < 0) return false;
          text.remove_prefix(static_cast<std::size_t>(sent));
        }
        return !over_;
      });
      close(peer);
    }
  }

  void read_request(int peer) {
    std::string request;
    std::size_t expected = std::string::npos;
    char buffer[4096];
    while (request.size() < expected && readable(peer)) {
      const ssize_t count = recv(peer, buffer, sizeof buffer, 0);
      if (count <= 0) break;
      request.append(buffer, static_cast<std::size_t>(count));
      const std::size_t end = request.find("\r\n\r\n");
      if (end == std::string::npos) continue;
      const std::size_t length = request.find("Content-Length: ");
      expected = end + 4 + (length < end ? std::strtoul(request.c_str() + length + 16, nullptr, 10) : 0);
    }
    std::lock_guard lock(mutex_);
    requests_.push_back(request);
  }

  const Answer answer_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> over_ = false;
  std::atomic<int> connections_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";

CurlClient open_client(ClientLimits limits = {}) { return CurlClient({.allow_private = true}, limits, "1.2"); }
OutboundRequest get(std::string url) {
  OutboundRequest request;
  request.url = std::move(url);
  return request;
}
ClientLimits short_limits() { return {.connect_timeout = Milliseconds(150), .total_timeout = Milliseconds(150)}; }

TEST(CurlClient, GetsAUrlAsItIsWrittenAndNamesItself) {
  Receiver receiver{std::string(kOk)};
  const auto answer = open_client().send_blocking(get(receiver.url("/a/../b/%41?x=1&y=a+b#fragment")));
  ASSERT_TRUE(answer) << answer.error().cause;
  EXPECT_EQ(answer->status, 200);
  const std::string request = receiver.requests().at(0);
  EXPECT_TRUE(request.starts_with("GET /a/../b/%41?x=1&y=a+b HTTP/1.1\r\n")) << request;
  EXPECT_NE(request.find("\r\nUser-Agent: Stile/1.2\r\n"), std::string::npos) << request;
  EXPECT_EQ(request.find("Cookie"), std::string::npos);
  EXPECT_EQ(request.find("Authorization"), std::string::npos);
}

TEST(CurlClient, PostsABodyWithTheGivenHeaders) {
  Receiver receiver{std::string(kOk)};
  OutboundRequest request = get(receiver.url("/hook"));
  request.method = "POST";
  request.headers = {"Content-Type: application/json", "X-Stile-Event: 7"};
  request.body = "{\"a\":" + std::string(5'000, ' ') + "1}";
  ASSERT_TRUE(open_client().send_blocking(request));
  const std::string seen = receiver.requests().at(0);
  EXPECT_TRUE(seen.starts_with("POST /hook HTTP/1.1\r\n"));
  EXPECT_NE(seen.find("\r\nContent-Type: application/json\r\n"), std::string::npos);
  EXPECT_NE(seen.find("\r\nX-Stile-Event: 7\r\n"), std::string::npos);
  EXPECT_EQ(seen.find("x-www-form-urlencoded"), std::string::npos);
  EXPECT_EQ(seen.find("Expect:"), std::string::npos);
  EXPECT_TRUE(seen.ends_with("\r\n\r\n" + request.body));
}

TEST(CurlClient, PostsAnEmptyBodyWithItsLength) {
  Receiver receiver{std::string(kOk)};
  OutboundRequest request = get(receiver.url("/ping"));
  request.method = "POST";
  ASSERT_TRUE(open_client().send_blocking(request));
  const std::string seen = receiver.requests().at(0);
  EXPECT_NE(seen.find("\r\nContent-Length: 0\r\n"), std::string::npos) << seen;
  EXPECT_EQ(seen.find("Content-Type"), std::string::npos) << seen;
}

TEST(CurlClient, PassesOnEveryStatus) {
  for (const int status : {200, 204, 400, 404, 500, 503}) {
    Receiver receiver("HTTP/1.1 " + std::to_string(status) +
                      " Words\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    const auto answer = open_client().send_blocking(get(receiver.url("/")));
    ASSERT_TRUE(answer) << status;
    EXPECT_EQ(answer->status, status);
  }
}

TEST(CurlClient, SkipsInformationalAnswers) {
  Receiver receiver("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + std::string(kOk));
  const auto answer = open_client().send_blocking(get(receiver.url("/")));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
}

TEST(CurlClient, DoesNotFollowRedirectsAndKeepsNoCookies) {
  Receiver target{std::string(kOk)};
  Receiver receiver("HTTP/1.1 302 Found\r\nLocation: " + target.url("/inside") +
                    "\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  CurlClient client = open_client();
  for (int i = 0; i < 2; ++i) {
    const auto answer = client.send_blocking(get(receiver.url("/")));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 302);
  }
  EXPECT_EQ(target.connections(), 0);
  EXPECT_EQ(receiver.requests().at(1).find("Cookie"), std::string::npos);
}

TEST(CurlClient, GivesUpOnAServerThatNeverAnswers) {
  Receiver* self = nullptr;
  Receiver receiver([&self](const Receiver::Send&) { self->wait_until_over(); });
  self = &receiver;
  const auto answer = open_client(short_limits()).send_blocking(get(receiver.url("/")));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::timed_out);
}

TEST(CurlClient, GivesUpOnAServerThatNeverComesToThePoint) {
  Receiver receiver([](const Receiver::Send& send) {
    while (send("HTTP/1.1 100 Continue\r\n\r\n")) continue;
  });
  const auto answer = open_client(short_limits()).send_blocking(get(receiver.url("/")));
  ASSERT_FALSE(answer);  // by time or by bytes, whichever comes first
}

TEST(CurlClient, TakesTheStatusOfAnAnswerWhoseBodyNeverEnds) {
  ClientLimits limits;
  limits.max_response_bytes = 1'000'000;
  std::atomic<std::size_t> sent = 0;
  {
    Receiver receiver([&sent](const Receiver::Send& send) {
      send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
      const std::string block(65'536, 'x');
      while (send(block)) sent += block.size();
    });
    const auto answer = open_client(limits).send_blocking(get(receiver.url("/")));
    ASSERT_TRUE(answer) << answer.error().cause;
    EXPECT_EQ(answer->status, 200);
  }
  EXPECT_GE(sent, 500'000u);
  EXPECT_LT(sent, 64'000'000u);  // the limit and what the kernel's buffers hold
}

TEST(CurlClient, TakesTheStatusOfAnAnswerWhoseBodyIsCutOffOrStalls) {
  Receiver cut(std::string("HTTP/1.1 503 No\r\nContent-Length: 100\r\n\r\nhalf"));
  const auto answer = open_client().send_blocking(get(cut.url("/")));
  ASSERT_TRUE(answer) << answer.error().cause;
  EXPECT_EQ(answer->status, 503);

  Receiver* self = nullptr;
  Receiver stalls([&self](const Receiver::Send& send) {
    send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    self->wait_until_over();
  });
  self = &stalls;
  // Time enough for the head on a busy machine; what ends it is that the rest never comes.
  const ClientLimits limits{.connect_timeout = Milliseconds(2'000), .total_timeout = Milliseconds(2'000)};
  const auto late = open_client(limits).send_blocking(get(stalls.url("/")));
  ASSERT_TRUE(late) << late.error().cause;
  EXPECT_EQ(late->status, 200);
}

TEST(CurlClient, DoesNotUnpackCompressedBodies) {
  Receiver receiver(
      std::string("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\nConnection: close\r\n\r\nnope"));
  EXPECT_TRUE(open_client().send_blocking(get(receiver.url("/"))));
  EXPECT_EQ(receiver.requests().at(0).find("Accept-Encoding"), std::string::npos);
}

TEST(CurlClient, BoundsTheHeadersOfAnAnswer) {
  Receiver receiver([](const Receiver::Send& send) {
    send("HTTP/1.1 200 OK\r\n");
    const std::string line = "X-Filler: " + std::string(8'000, 'x') + "\r\n";
    while (send(line)) continue;
  });
  const auto answer = open_client().send_blocking(get(receiver.url("/")));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::io_error);
}

TEST(CurlClient, FailsOnWhatIsNotHttp) {
  for (const char* text : {"", "SSH-2.0-OpenSSH\r\n", "HTTP/1.1 200 OK\r\nX: half"}) {
    Receiver receiver{std::string(text)};
    const auto answer = open_client().send_blocking(get(receiver.url("/")));
    ASSERT_FALSE(answer) << text;
    EXPECT_EQ(answer.error().code, Errc::io_error) << text;
  }
}

TEST(CurlClient, RefusesPrivateAddressesHoweverTheyAreSpelt) {
  Receiver receiver{std::string(kOk)};
  CurlClient client({.allow_private = false}, {}, "1.2");
  for (const char* host : {"127.0.0.1",
                           "localhost",
                           "LOCALHOST",
                           "127.1",
                           "0x7f.1",
                           "0177.0.0.1",
                           "2130706433",
                           "0",
                           "0.0.0.0",
                           "[::1]",
                           "[::]",
                           "[::ffff:127.0.0.1]",
                           "[::ffff:7f00:1]",
                           "[0:0:0:0:0:ffff:7f00:0001]",
                           "[64:ff9b::7f00:1]",
                           "[2002:7f00:1::]",
                           "10.0.0.1",
                           "169.254.169.254",
                           "192.168.0.1",
                           "[fe80::1]",
                           "[fd00:ec2::254]"}) {
    const auto answer = client.send_blocking(get(receiver.url("/", host)));
    ASSERT_FALSE(answer) << host;
    EXPECT_EQ(answer.error().code, Errc::permission_denied) << host << ": " << answer.error().cause;
    EXPECT_EQ(answer.error().message.find(host), std::string::npos);
  }
  EXPECT_EQ(receiver.connections(), 0);
}

TEST(CurlClient, ReachesPrivateAddressesWhereTheSettingAllowsThem) {
  Receiver receiver{std::string(kOk)};
  for (const char* host : {"127.0.0.1", "localhost", "127.1"})
    EXPECT_TRUE(open_client().send_blocking(get(receiver.url("/", host)))) << host;
  EXPECT_EQ(receiver.connections(), 3);
}

TEST(CurlClient, IgnoresProxiesOfTheEnvironment) {
  Receiver proxy("HTTP/1.1 500 Proxy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  Receiver receiver{std::string(kOk)};
  for (const char* name : {"http_proxy", "all_proxy", "ALL_PROXY"}) setenv(name, proxy.url("").c_str(), 1);
  const auto answer = open_client().send_blocking(get(receiver.url("/")));
  for (const char* name : {"http_proxy", "all_proxy", "ALL_PROXY"}) unsetenv(name);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(proxy.connections(), 0);
}

TEST(CurlClient, RefusesOtherSchemesAndUserInfo) {
  Receiver receiver{std::string(kOk)};
  CurlClient client = open_client();
  for (const std::string& url :
       {std::string("file:///etc/hostname"), std::string("ftp://127.0.0.1/x"), std::string("gopher://127.0.0.1/x"),
        receiver.url("/", "user:secret@127.0.0.1"), receiver.url("/", "user@127.0.0.1")}) {
    const auto answer = client.send_blocking(get(url));
    ASSERT_FALSE(answer) << url;
    EXPECT_EQ(answer.error().code, Errc::permission_denied) << url << ": " << answer.error().cause;
    EXPECT_EQ(answer.error().cause.find("secret"), std::string::npos);
  }
  EXPECT_EQ(receiver.connections(), 0);
}

TEST(CurlClient, RefusesWhatIsNoUrlAndHeadersWithLineBreaks) {
  CurlClient client = open_client();
  for (const char* url : {"", "http://", "http://a b/", "http://127.0.0.1:99999/", "http://127.0.0.1/\r\nX: y"}) {
    const auto answer = client.send_blocking(get(url));
    ASSERT_FALSE(answer) << url;
    EXPECT_EQ(answer.error().code, Errc::invalid_input) << url << ": " << answer.error().cause;
  }
  EXPECT_FALSE(client.send_blocking(get("http://127.0.0.1/" + std::string(9'000'000, 'x'))));
  Receiver receiver{std::string(kOk)};
  OutboundRequest request = get(receiver.url("/"));
  request.headers = {"X: y\r\nZ: injected"};
  EXPECT_FALSE(client.send_blocking(request));
  EXPECT_EQ(receiver.connections(), 0);
}

TEST(CurlClient, CallsAClosedPortARetryableFailure) {
  std::string url;
  {
    Receiver gone{std::string(kOk)};
    url = gone.url("/");
  }
  const auto answer = open_client().send_blocking(get(url));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::io_error);
}

TEST(CurlClient, CallsAnUnknownNameARetryableFailure) {
  // A label of 64 characters: the resolver says no without asking anybody.
  const auto answer = open_client().send_blocking(get("http://" + std::string(64, 'a') + ".invalid/"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::io_error) << answer.error().cause;
}

}  // namespace
}  // namespace stile::notify
