#include "api/probes.h"

#include <gtest/gtest.h>

#include "http/script_stream.h"
#include "io/run.h"

namespace stile::api {
namespace {

struct ProbesTest : testing::Test {
  Probes::Parts parts{.not_ready = [this] { return why; },
                      .metrics = []() -> io::Task<std::string> { co_return "figures\n"; },
                      .metrics_for = MetricsFor::loopback};
  std::string why;
  std::string peer = "127.0.0.1";
  http::RequestHead head;

  http::Reply get(std::string path) {
    head.method = "GET";
    head.path = std::move(path);
    FakeClock clock;
    http::ScriptStream stream(std::make_shared<http::Peer>(clock, SIZE_MAX));
    http::Input input(stream);
    http::Body body(input, head, {}, clock);
    const std::string id = "r-1";
    const http::Request request{head, body, peer, id};
    return io::run_until_done(Probes(parts).get(request));
  }
};

TEST_F(ProbesTest, ReadyUntilThereIsAReasonNotToBe) {
  EXPECT_EQ(get("/readyz").body, "ready\n");
  why = "low on disk space";
  EXPECT_EQ(get("/readyz").status, 503);
  EXPECT_EQ(get("/readyz").body, "not ready: low on disk space\n");
  EXPECT_EQ(get("/healthz").status, 200);
}

TEST_F(ProbesTest, MetricsAreForThisMachine) {
  for (const char* near : {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"}) {
    peer = near;
    EXPECT_EQ(get("/metrics").body, "figures\n") << near;
  }
  for (const char* far : {"192.0.2.1", "128.0.0.1", "::2", "::ffff:192.0.2.1", "", "localhost"}) {
    peer = far;
    EXPECT_EQ(get("/metrics").status, 404) << far;
  }
}

TEST_F(ProbesTest, MetricsAreNotHandedOnByAProxyOfThisMachine) {
  for (const char* trace : {"x-forwarded-for", "Forwarded", "via", "X-Real-Ip", "X-Forwarded-Proto"}) {
    head.headers = {{trace, "127.0.0.1"}};
    EXPECT_EQ(get("/metrics").status, 404) << trace;
  }
}

TEST_F(ProbesTest, MetricsAreForEverybodyOrNobodyWhenToldSo) {
  peer = "192.0.2.1";
  parts.metrics_for = MetricsFor::everybody;
  EXPECT_EQ(get("/metrics").status, 200);
  peer = "127.0.0.1";
  parts.metrics_for = MetricsFor::nobody;
  EXPECT_EQ(get("/metrics").status, 404);
  parts.metrics_for = MetricsFor::everybody;
  parts.metrics = nullptr;
  EXPECT_EQ(get("/metrics").status, 404);
}

}  // namespace
}  // namespace stile::api
