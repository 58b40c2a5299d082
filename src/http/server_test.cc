#include "http/server.h"

#include <gtest/gtest.h>

#include <ctime>

#include "http/script_stream.h"
#include "io/change_signal.h"
#include "io/run.h"

namespace stile::http {
namespace {

constexpr std::size_t kFragments[] = {1, 2, 3, 7, 16, 31, SIZE_MAX};

std::string get(const std::string& path, const std::string& more = "") {
  return "GET " + path + " HTTP/1.1\r\nHost: h\r\n" + more + "\r\n";
}
std::string post_head(const std::string& path, std::size_t length, const std::string& more = "") {
  return "POST " + path + " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(length) + "\r\n" + more + "\r\n";
}
std::string post(const std::string& path, const std::string& body) { return post_head(path, body.size()) + body; }

class TextFile final : public io::File {
 public:
  explicit TextFile(std::string text) : text_(std::move(text)) {}
  Result<void> write_at_blocking(std::uint64_t, Bytes) override { return fail(Errc::io_error); }
  Result<std::size_t> read_at_blocking(std::uint64_t offset, MutableBytes into) const override {
    return text_.copy(reinterpret_cast<char*>(into.data()), into.size(), offset);
  }
  Result<void> reserve_blocking(std::uint64_t) override { return fail(Errc::io_error); }
  Result<void> resize_blocking(std::uint64_t) override { return fail(Errc::io_error); }
  Result<void> copy_from_blocking(const io::File&, std::uint64_t, std::uint64_t, std::uint64_t) override {
    return fail(Errc::io_error);
  }
  Result<void> sync_data_blocking() override { return {}; }
  Result<std::uint64_t> size_blocking() const override { return text_.size(); }

 private:
  std::string text_;
};

// What it does stands in the path.
class ScriptedHandler final : public Handler {
 public:
  io::Task<Reply> handle(Request& request) override {
    paths.push_back(request.head.path);
    seen = std::string(request.head.is_secure() ? "https " : "http ") +
           std::string(request.head.header("host").value_or("")) + " " + request.peer;
    const std::string path = request.head.path;
    if (path == "/throw") throw std::runtime_error("secret internals");
    if (path == "/stop") server->stop();
    if (path == "/hold") co_await released.changed_since(0);
    if (path == "/echo") co_return plain_reply(200, co_await read_all(request.body));
    if (path == "/some") {
      std::vector<std::byte> buffer(3);
      (void)co_await request.body.read(buffer);
    }
    Reply reply = plain_reply(200, "seen " + path);
    if (path == "/204" || path == "/304" || path == "/400") reply.status = std::stoi(path.substr(1));
    if (path == "/close") reply.close = true;
    if (path == "/slow") reply = plain_reply(503, "later");
    if (path == "/slow") reply.delay = Seconds(1);
    if (path == "/file") {
      reply.body.clear();
      reply.file = std::make_shared<TextFile>("0123456789");
      reply.file_range = {2, 6};
    }
    co_return reply;
  }
  Reply refuse(int status, const std::string& message) override { return plain_reply(status, "refused: " + message); }

  static io::Task<std::string> read_all(Body& body) {
    std::string text;
    std::vector<std::byte> buffer(10);
    for (;;) {
      auto got = co_await body.read(buffer);
      if (!got) co_return text + " (" + std::string(to_string(got.error().code)) + ")";
      if (*got == 0) co_return text;
      text += as_text(Bytes(buffer).first(*got));
    }
  }

  std::vector<std::string> paths;
  std::string seen;  // scheme, host and address of the last client
  Server* server = nullptr;
  io::ChangeSignal released;  // of whoever asked for /hold
};

class ServerTest : public testing::Test {
 protected:
  using Paths = std::vector<std::string>;

  Peer& peer(std::size_t fragment = SIZE_MAX) { return *(peer_ = std::make_shared<Peer>(clock, fragment)); }

  // One connection from its start to its end; returns everything that was written to it.
  std::string run() {
    SeededRandom random(7);
    Server server(
        handler, settings, clock, random,
        [this](const ExchangeReport& report) { statuses.push_back(report.delivered ? report.status : 0); },
        [this](const std::string& what, const std::string& request) { troubles.push_back(what); troubled.push_back(request); });
    handler.server = &server;
    handler.paths.clear();
    start = clock.steady_now();
    io::run_until_done(serve(server, peer_));
    EXPECT_EQ(server.connections(), 0u);
    EXPECT_TRUE(peer_->gone());
    return peer_->written();
  }
  static io::Task<void> serve(Server& server, std::shared_ptr<Peer> peer) {
    server.serve(co_await io::this_home(), std::make_unique<ScriptStream>(std::move(peer)));
    co_await server.drain();
  }

  static io::Task<void> serve_both(Server& server, std::shared_ptr<Peer> one, std::shared_ptr<Peer> other) {
    io::Executor& home = co_await io::this_home();
    server.serve(home, std::make_unique<ScriptStream>(std::move(one)));
    server.serve(home, std::make_unique<ScriptStream>(std::move(other)));
    co_await server.drain();
  }

  static int count(std::string_view text, std::string_view what) {
    int found = 0;
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string_view::npos; at += what.size()) ++found;
    return found;
  }
  SteadyTime::duration elapsed() const { return clock.steady_now() - start; }

  FakeClock clock;
  ServerSettings settings;
  ScriptedHandler handler;
  std::shared_ptr<Peer> peer_;
  SteadyTime start;
  std::vector<int> statuses;
  std::vector<std::string> troubles;
  std::vector<std::string> troubled;  // ids of requests
};

TEST_F(ServerTest, AnswersPipelinedRequestsInOrderAtEveryFragmentSize) {
  for (const std::size_t fragment : kFragments) {
    peer(fragment)
        .sends(get("/a") + post("/echo", "body one") + get("/b") + "POST /echo HTTP/1.1\r\nHost: h\r\n" +
               "Transfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n" + get("/c"))
        .ends();
    const std::string written = run();
    EXPECT_EQ(handler.paths, (Paths{"/a", "/echo", "/b", "/echo", "/c"})) << fragment;
    EXPECT_EQ(count(written, "HTTP/1.1 200 OK"), 5);
    EXPECT_LT(written.find("body one"), written.find("seen /b"));
    EXPECT_LT(written.find("\r\n\r\ntwo"), written.find("seen /c"));
    EXPECT_EQ(count(written, "Connection: keep-alive"), 5);
  }
}

TEST_F(ServerTest, GivesEveryReplyAnIdOfItsOwn) {
  peer().sends(get("/a") + get("/b")).ends();
  const std::string written = run();
  const std::size_t first = written.find("X-Request-Id: "), second = written.find("X-Request-Id: ", first + 1);
  ASSERT_NE(second, std::string::npos);
  EXPECT_NE(written.substr(first, written.find("\r\n", first) - first),
            written.substr(second, written.find("\r\n", second) - second));
}

TEST_F(ServerTest, SaysTheDateOfEveryDayOfTheYear) {
  for (int day = 0; day < 400; ++day) {
    const std::time_t now = epoch_seconds(clock.wall_now());
    std::tm parts{};
    char expected[64];
    std::strftime(expected, sizeof expected, "\r\nDate: %a, %d %b %Y %H:%M:%S GMT\r\n", ::gmtime_r(&now, &parts));
    peer().sends(get("/a")).ends();
    EXPECT_EQ(count(run(), expected), 1) << expected;
    clock.advance(std::chrono::hours{24} + std::chrono::minutes{67} + Seconds{11});
  }
}

TEST_F(ServerTest, ReadsAwayABodyThatNobodyWantedAndGoesOn) {
  for (const std::size_t fragment : kFragments) {
    for (const char* path : {"/a", "/some", "/400"}) {
      peer(fragment).sends(post(path, "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n") + get("/b")).ends();
      run();
      EXPECT_EQ(handler.paths, (Paths{path, "/b"})) << fragment;
    }
  }
}

TEST_F(ServerTest, DeliversAnEarlyRefusalBeforeTheBodyHasCome) {
  peer().sends(post_head("/400", 1000)).awaits("seen /400").sends(std::string(1000, 'x') + get("/b")).ends();
  const std::string written = run();
  EXPECT_EQ(count(written, "HTTP/1.1 "), 2);
  EXPECT_EQ(handler.paths, (Paths{"/400", "/b"}));
  EXPECT_LT(elapsed(), Seconds(1));
}

TEST_F(ServerTest, BoundsHowMuchOfARefusedBodyItReads) {
  settings.refusal_bytes = 100'000;
  peer().sends(post_head("/400", 1'000'000'000)).sends(std::string(5'000'000, 'x')).ends();
  run();
  EXPECT_TRUE(peer_->saw_end());
  EXPECT_LE(peer_->read_so_far(), 400'000u);
  EXPECT_EQ(statuses, std::vector<int>{400});
}

TEST_F(ServerTest, BoundsHowLongItReadsARefusedBody) {
  settings.pace.grace = Seconds(10'000);
  peer().sends(post_head("/400", 1'000'000));
  for (int i = 0; i < 1000; ++i) peer_->pauses(Milliseconds(900)).sends("x");
  run();
  EXPECT_LE(elapsed(), settings.refusal_time + Seconds(3));
  EXPECT_TRUE(peer_->saw_end());
}

TEST_F(ServerTest, AsksForAnExpectedBodyWhenItIsRead) {
  peer()
      .sends(post_head("/echo", 5, "Expect: 100-continue\r\n"))
      .awaits("100 Continue")
      .sends("hello" + get("/b"))
      .ends();
  const std::string written = run();
  EXPECT_EQ(written.find("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"), 0u);
  EXPECT_EQ(handler.paths, (Paths{"/echo", "/b"}));
}

TEST_F(ServerTest, NeverAsksForAnExpectedBodyItRefuses) {
  peer().sends(post_head("/400", 5, "Expect: 100-continue\r\n")).awaits("seen /400").ends();
  const std::string written = run();
  EXPECT_EQ(count(written, "100 Continue"), 0);
  EXPECT_EQ(count(written, "Connection: close"), 1);  // whether the body comes or not cannot be told
  EXPECT_TRUE(peer_->saw_end());
}

TEST_F(ServerTest, LetsAClientThatSendsAnExpectedBodyUnaskedReadTheRefusal) {
  peer().sends(post_head("/400", 200'000, "Expect: 100-continue\r\n")).sends(std::string(200'000, 'x')).ends();
  run();
  EXPECT_EQ(handler.paths, Paths{"/400"});
  EXPECT_GE(peer_->read_so_far(), 200'000u);  // closing with bytes unread would reset the connection
}

TEST_F(ServerTest, LetsAClientThatIsStillSendingReadWhyItsChunksWereRefused) {
  peer()
      .sends("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nXYZ\r\n")
      .sends(std::string(100'000, 'x'))
      .ends();
  const std::string written = run();
  EXPECT_EQ(count(written, "(invalid_input)"), 1);
  EXPECT_EQ(count(written, "Connection: close"), 1);
  EXPECT_GE(peer_->read_so_far(), 100'000u);
}

TEST_F(ServerTest, SaysNothingToAClientThatLeaves) {
  for (const std::string& bytes : Paths{"", "\r\n", "GET / HT", get("/a").substr(0, 20)}) {
    peer().sends(bytes).ends();
    EXPECT_EQ(run(), "") << bytes;
    peer().sends(bytes).resets();
    EXPECT_EQ(run(), "") << bytes;
  }
  EXPECT_TRUE(statuses.empty());
}

TEST_F(ServerTest, ClosesAnIdleConnectionWithoutAWord) {
  peer();
  EXPECT_EQ(run(), "");
  EXPECT_EQ(elapsed(), settings.keep_alive);

  peer().sends(get("/a"));
  EXPECT_EQ(count(run(), "HTTP/1.1 "), 1);
  EXPECT_EQ(elapsed(), settings.keep_alive);
}

TEST_F(ServerTest, TellsAClientWhoseHeadTakesTooLong) {
  peer(1).sends("GET / HTTP/1.1\r\n");
  for (int i = 0; i < 1000; ++i) peer_->pauses(Milliseconds(500)).sends("a");
  const std::string written = run();
  EXPECT_EQ(written.find("HTTP/1.1 408 Request Timeout\r\n"), 0u);
  EXPECT_LE(elapsed(), settings.head_timeout + Seconds(3));
  EXPECT_TRUE(peer_->saw_end());
}

TEST_F(ServerTest, RefusesWhatIsNoRequest) {
  peer().sends("\x16\x03\x01 a TLS hello").ends();
  EXPECT_EQ(run().find("HTTP/1.1 400 Bad Request\r\n"), 0u);
  peer().sends(get("/a", "Long: " + std::string(100'000, 'x') + "\r\n")).ends();
  EXPECT_EQ(run().find("HTTP/1.1 431 "), 0u);
  EXPECT_TRUE(handler.paths.empty());
}

TEST_F(ServerTest, EndsTheConnectionAfterARequestThatIsNone) {
  peer().sends(get("/a") + "nonsense\r\n\r\n" + get("/b")).ends();
  const std::string written = run();
  EXPECT_EQ(handler.paths, Paths{"/a"});
  EXPECT_EQ(count(written, "HTTP/1.1 "), 2);
  EXPECT_EQ(count(written, "Connection: close"), 1);
}

TEST_F(ServerTest, EndsTheConnectionWhenEitherSideWishes) {
  for (const std::string& request :
       Paths{get("/a", "Connection: close\r\n"), get("/close"), "GET /a HTTP/1.0\r\n\r\n"}) {
    peer().sends(request + get("/b")).ends();
    const std::string written = run();
    EXPECT_EQ(handler.paths.size(), 1u) << request;
    EXPECT_EQ(count(written, "Connection: close"), 1);
    EXPECT_TRUE(peer_->saw_end());
  }
}

TEST_F(ServerTest, SendsNoBodyToAHeadRequest) {
  peer().sends("HEAD /a HTTP/1.1\r\nHost: h\r\n\r\nHEAD /file HTTP/1.1\r\nHost: h\r\n\r\n").ends();
  const std::string written = run();
  EXPECT_EQ(count(written, "seen"), 0);
  EXPECT_EQ(count(written, "Content-Length: 7\r\n"), 1);
  EXPECT_EQ(count(written, "Content-Length: 4\r\n"), 1);
  EXPECT_TRUE(written.ends_with("\r\n\r\n"));
}

TEST_F(ServerTest, SendsNoBodyWithStatusesThatHaveNone) {
  peer().sends(get("/204") + get("/304")).ends();
  const std::string written = run();
  EXPECT_EQ(count(written, "seen"), 0);
  EXPECT_EQ(count(written, "Content-Length"), 0);
  EXPECT_EQ(handler.paths.size(), 2u);
}

TEST_F(ServerTest, SendsARangeOfAFile) {
  peer().sends(get("/file") + get("/a")).ends();
  const std::string written = run();
  EXPECT_EQ(count(written, "Content-Length: 4\r\n"), 1);
  EXPECT_EQ(count(written, "\r\n\r\n2345HTTP/1.1 "), 1);
}

TEST_F(ServerTest, HoldsBackADelayedReply) {
  peer().sends(post("/slow", "a body that is not read")).awaits("later").ends();
  run();
  ASSERT_EQ(peer_->writes().size(), 1u);
  EXPECT_EQ(peer_->writes()[0].at - start, Seconds(1));
  EXPECT_EQ(peer_->writes()[0].read_before, peer_->read_so_far());  // and reads the body away meanwhile
}

TEST_F(ServerTest, TurnsAnExceptionInto503WithoutInternals) {
  peer().sends(get("/throw") + get("/b")).ends();
  const std::string written = run();
  EXPECT_EQ(written.find("HTTP/1.1 503 "), 0u);
  EXPECT_EQ(count(written, "secret"), 0);
  EXPECT_EQ(troubles, Paths{"secret internals"});
  ASSERT_EQ(troubled.size(), 1u);
  EXPECT_NE(written.find("X-Request-Id: " + troubled[0] + "\r\n"), std::string::npos);
  EXPECT_EQ(handler.paths, Paths{"/throw"});  // what it did to the body is not known
}

TEST_F(ServerTest, ReportsAReplyThatCouldNotBeSent) {
  peer().sends(get("/a") + get("/b")).ends();
  peer_->stops_reading();
  EXPECT_EQ(run(), "");
  EXPECT_EQ(statuses, std::vector<int>{0});
  EXPECT_EQ(handler.paths, Paths{"/a"});
}

TEST_F(ServerTest, RefusesConnectionsBeyondTheBound) {
  settings.connections.total = 0;
  peer().sends(get("/a")).ends();
  const std::string written = run();
  EXPECT_EQ(written.find("HTTP/1.1 503 "), 0u);
  EXPECT_EQ(count(written, "Connection: close"), 1);
  EXPECT_EQ(count(written, "Retry-After: 5\r\n"), 1);
  EXPECT_EQ(count(written, "refused: Too many connections are open."), 1);
  EXPECT_TRUE(handler.paths.empty());
  EXPECT_TRUE(peer_->saw_end());
  EXPECT_EQ(peer_->read_so_far(), get("/a").size());  // closing with bytes unread would reset the connection
}

TEST_F(ServerTest, WaitsOnlyShortlyForWhoIsRefusedToReadIt) {
  settings.connections.total = 0;
  peer();
  run();
  EXPECT_EQ(elapsed(), Seconds(2));
  peer().sends(std::string(1'000'000, 'x'));
  run();
  EXPECT_LE(peer_->read_so_far(), 100'000u);
}

TEST_F(ServerTest, RefusesMoreFromOneAddressThanItMayHaveUntilOneIsGone) {
  settings.connections.per_address = 1;
  SeededRandom random(7);
  Server server(
      handler, settings, clock, random, [](const ExchangeReport&) {}, [](const std::string&, const std::string&) {});
  auto first = std::make_shared<Peer>(clock), second = std::make_shared<Peer>(clock),
       third = std::make_shared<Peer>(clock);
  first->sends(get("/hold")).ends();
  second->sends(get("/second")).does([this] { handler.released.notify(); }).ends();
  third->sends(get("/third")).ends();
  io::run_until_done(serve_both(server, first, second));
  io::run_until_done(serve(server, third));
  EXPECT_EQ(handler.paths, (Paths{"/hold", "/third"}));
  EXPECT_EQ(count(first->written(), "seen /hold"), 1);
  EXPECT_EQ(count(second->written(), "refused: Too many connections from your address."), 1);
  EXPECT_EQ(server.stats().over_address_limit.value(), 1u);
  EXPECT_EQ(server.stats().over_limit.value(), 0u);
}

TEST_F(ServerTest, StopClosesAnIdleConnectionAtOnce) {
  peer().sends(get("/a")).does([this] { handler.server->stop(); }).pauses(Seconds(30)).sends(get("/b")).ends();
  EXPECT_EQ(count(run(), "HTTP/1.1 "), 1);
  EXPECT_LT(elapsed(), Seconds(1));
}

TEST_F(ServerTest, StopLetsTheCurrentReplyFinishAndNothingElse) {
  peer().sends(get("/stop") + get("/b")).ends();
  const std::string written = run();
  EXPECT_EQ(count(written, "seen /stop"), 1);
  EXPECT_EQ(count(written, "Connection: close"), 1);
  EXPECT_EQ(handler.paths, Paths{"/stop"});
}

TEST_F(ServerTest, StopInTheMiddleOfABodyLetsItArrive) {
  peer().sends(post_head("/echo", 6) + "abc").does([this] { handler.server->stop(); });
  peer_->pauses(Seconds(3)).sends("def" + get("/b")).ends();
  const std::string written = run();
  EXPECT_EQ(count(written, "\r\n\r\nabcdef"), 1);
  EXPECT_EQ(handler.paths, Paths{"/echo"});
}

TEST_F(ServerTest, StopInTheMiddleOfAHeadLetsTheRequestThrough) {
  const std::string request = get("/a");
  peer().sends(request.substr(0, 10)).does([this] { handler.server->stop(); }).sends(request.substr(10)).ends();
  const std::string written = run();
  EXPECT_EQ(count(written, "seen /a"), 1);
  EXPECT_EQ(count(written, "Connection: close"), 1);
}

TEST_F(ServerTest, ShowsTheClientBehindATrustedProxyToEverybodyAbove) {
  const std::string request =
      get("/", "X-Forwarded-For: 203.0.113.5\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: a.example\r\n");
  peer().sends(request);
  run();
  EXPECT_EQ(handler.seen, "http h 192.0.2.1");  // nobody is trusted
  settings.proxies.trusted.push_back(*IpNetwork::parse("192.0.2.0/24"));
  settings.proxies.x_forwarded_for = settings.proxies.x_forwarded_proto = settings.proxies.x_forwarded_host = true;
  peer().sends(request);
  run();
  EXPECT_EQ(handler.seen, "https a.example 203.0.113.5");
  // Each request for itself: a proxy sends those of many clients on one connection.
  peer().sends(request + get("/"));
  run();
  EXPECT_EQ(handler.seen, "http h 192.0.2.1");
}

}  // namespace
}  // namespace stile::http
