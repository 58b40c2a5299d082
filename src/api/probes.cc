#include "api/probes.h"

#include <algorithm>
#include <array>

#include "base/ip_network.h"

namespace stile::api {
namespace {

// What proxies put into requests that they pass on.
constexpr std::array<std::string_view, 7> kTracesOfProxies{
    "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Server", "X-Real-IP", "Via"};

bool is_loopback(std::string_view peer) {
  static const IpNetwork kV4 = *IpNetwork::parse("127.0.0.0/8");
  static const IpNetwork kV6 = *IpNetwork::parse("::1");
  const auto address = IpAddress::parse(peer);
  return address && (kV4.contains(*address) || kV6.contains(*address));
}

}  // namespace

bool Probes::serves(std::string_view path) { return path == "/healthz" || path == "/readyz" || path == kMetricsPath; }

bool Probes::may_see_metrics(const http::Request& request) const {
  if (!parts_.metrics) return false;
  switch (parts_.metrics_for) {
    case MetricsFor::nobody: return false;
    case MetricsFor::everybody: return true;
    case MetricsFor::loopback: break;
  }
  return is_loopback(request.peer) && std::ranges::none_of(kTracesOfProxies, [&](std::string_view name) {
           return request.head.header(name).has_value();
         });
}

io::Task<http::Reply> Probes::get(const http::Request& request) const {
  http::Reply reply;
  if (request.head.path == "/healthz") {
    reply = http::plain_reply(200, "ok\n");
  } else if (request.head.path == "/readyz") {
    const std::string why = parts_.not_ready();
    reply = why.empty() ? http::plain_reply(200, "ready\n") : http::plain_reply(503, "not ready: " + why + "\n");
  } else if (may_see_metrics(request)) {
    reply = http::text_reply(200, "text/plain; version=0.0.4; charset=utf-8", co_await parts_.metrics());
  } else {
    co_return http::plain_reply(404, "There is nothing here\n");
  }
  reply.set("Cache-Control", "no-store");
  co_return reply;
}

}  // namespace stile::api
