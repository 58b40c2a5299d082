// client_view: whatever a client sends of these headers, what the proxy adds to them decides; and from a stranger none
// counts.
#include <string>

#include "base/check.h"
#include "fragments.h"
#include "http/forwarded.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stile;
  using namespace stile::http;
  const std::string text(fuzz::as_text(data, size));
  static const ProxyRules kRules = [] {
    ProxyRules rules;
    rules.trusted = {*IpNetwork::parse("10.0.0.0/8"), *IpNetwork::parse("fd00::/8")};
    rules.forwarded = rules.x_forwarded_for = rules.x_forwarded_proto = rules.x_forwarded_host = true;
    return rules;
  }();
  const auto view = [&](const char* peer, std::vector<Header> headers) {
    RequestHead head;
    head.headers = std::move(headers);
    return client_view(head, peer, kRules);
  };

  const std::vector<Header> everything{
      {"Forwarded", text}, {"X-Forwarded-For", text}, {"X-Forwarded-Proto", text}, {"X-Forwarded-Host", text}};
  const ClientView of_stranger = view("203.0.113.1", everything);
  CHECK(of_stranger.address == "203.0.113.1" && !of_stranger.scheme && !of_stranger.host);

  const ClientView believed = view("10.0.0.1", {everything.begin() + 1, everything.end()});
  CHECK(IpAddress::parse(believed.address).has_value());
  if (believed.host)
    CHECK(is_host_and_port(*believed.host) && believed.host->find_first_of("/@\\ \"<>#?") == std::string::npos);

  const ClientView appended = view("10.0.0.1", {{"X-Forwarded-For", text + ", 203.0.113.5"},
                                                {"X-Forwarded-Proto", text + ",http"},
                                                {"X-Forwarded-Host", text + ", a.example"}});
  CHECK(appended.address == "203.0.113.5" && appended.scheme == Scheme::http && appended.host == "a.example");

  // A quote that is left open takes the proxy's word along; then nothing is believed.
  const std::string by_hop = text + ", for=203.0.113.5;proto=http";
  const ClientView hop = view("10.0.0.1", {{"Forwarded", by_hop}});
  if (parse_forwarded(by_hop)) {
    CHECK(hop.address == "203.0.113.5" && hop.scheme == Scheme::http && !hop.host);
  } else {
    CHECK(hop.address == "10.0.0.1" && !hop.scheme && !hop.host);
  }
  return 0;
}
