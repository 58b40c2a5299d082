#include "http/forwarded.h"

#include <gtest/gtest.h>

#include <vector>

namespace stile::http {
namespace {

constexpr auto kNobody = "";

struct Case {
  const char* what;
  const char* peer;
  std::vector<Header> headers;
  const char* address;
  const char* scheme = kNobody;
  const char* host = kNobody;
};

ProxyRules rules() {
  ProxyRules made;
  for (const char* network : {"127.0.0.1", "10.0.0.0/8", "fd00::/8"})
    made.trusted.push_back(*IpNetwork::parse(network));
  made.x_forwarded_for = made.x_forwarded_proto = made.x_forwarded_host = true;
  return made;
}

void check(const std::vector<Case>& cases, const ProxyRules& believed) {
  for (const Case& each : cases) {
    RequestHead head;
    head.headers = each.headers;
    const ClientView view = client_view(head, each.peer, believed);
    EXPECT_EQ(view.address, each.address) << each.what;
    EXPECT_EQ(!view.scheme                    ? kNobody
              : *view.scheme == Scheme::https ? "https"
                                              : "http",
              std::string(each.scheme))
        << each.what;
    EXPECT_EQ(view.host.value_or(kNobody), each.host) << each.what;
  }
}

TEST(Forwarded, TheXHeadersTellOfTheClientFromTrustedPeersOnly) {
  check(
      {
          {"no proxy", "203.0.113.5", {}, "203.0.113.5"},
          {"one proxy",
           "127.0.0.1",
           {{"X-Forwarded-For", "203.0.113.5"}, {"X-Forwarded-Proto", "https"}, {"X-Forwarded-Host", "a.example"}},
           "203.0.113.5",
           "https",
           "a.example"},
          {"a stranger's word",
           "203.0.113.5",
           {{"X-Forwarded-For", "1.1.1.1"}, {"X-Forwarded-Proto", "https"}, {"X-Forwarded-Host", "evil.example"}},
           "203.0.113.5"},
          {"a stranger beside the network", "11.0.0.1", {{"X-Forwarded-Proto", "https"}}, "11.0.0.1"},
          {"what the client sent stands left of what the proxy saw",
           "127.0.0.1",
           {{"X-Forwarded-For", "1.1.1.1, 203.0.113.5"}},
           "203.0.113.5"},
          {"a client that calls itself a proxy",
           "127.0.0.1",
           {{"X-Forwarded-For", "1.1.1.1, 10.0.0.9, 203.0.113.5"}},
           "203.0.113.5"},
          {"two proxies", "127.0.0.1", {{"X-Forwarded-For", "203.0.113.5,10.0.0.2"}}, "203.0.113.5"},
          {"two proxies, two lines",
           "127.0.0.1",
           {{"X-Forwarded-For", "1.1.1.1, 203.0.113.5"}, {"x-forwarded-for", "10.0.0.2"}},
           "203.0.113.5"},
          {"only proxies", "127.0.0.1", {{"X-Forwarded-For", "10.0.0.3, 10.0.0.2"}}, "10.0.0.3"},
          {"with ports and brackets",
           "127.0.0.1",
           {{"X-Forwarded-For", "[2001:db8::5]:4711, 10.0.0.2:99"}},
           "2001:db8::5"},
          {"a bare IPv6 address", "fd00::1", {{"X-Forwarded-For", "2001:db8::5"}}, "2001:db8::5"},
          {"a peer of both families", "::ffff:10.0.0.1", {{"X-Forwarded-For", "203.0.113.5"}}, "203.0.113.5"},
          {"a peer with a zone", "fe80::1%eth0", {{"X-Forwarded-For", "203.0.113.5"}}, "fe80::1"},
          {"rubbish ends the walk", "127.0.0.1", {{"X-Forwarded-For", "203.0.113.5, <script>, 10.0.0.2"}}, "10.0.0.2"},
          {"rubbish of the proxy itself", "127.0.0.1", {{"X-Forwarded-For", "203.0.113.5,"}}, "127.0.0.1"},
          {"unknown", "127.0.0.1", {{"X-Forwarded-For", "203.0.113.5, unknown"}}, "127.0.0.1"},
          {"a port that is none", "127.0.0.1", {{"X-Forwarded-For", "203.0.113.5:99999"}}, "127.0.0.1"},
          {"the last scheme counts", "127.0.0.1", {{"X-Forwarded-Proto", "https, http"}}, "127.0.0.1", "http"},
          {"of two lines too",
           "127.0.0.1",
           {{"X-Forwarded-Proto", "http"}, {"X-Forwarded-Proto", "HTTPS"}},
           "127.0.0.1",
           "https"},
          {"no scheme of ours", "127.0.0.1", {{"X-Forwarded-Proto", "ftp"}}, "127.0.0.1"},
          {"a scheme with more", "127.0.0.1", {{"X-Forwarded-Proto", "https://"}}, "127.0.0.1"},
          {"the last host counts",
           "127.0.0.1",
           {{"X-Forwarded-Host", "evil.example, a.example:8443"}},
           "127.0.0.1",
           kNobody,
           "a.example:8443"},
          {"an address as host",
           "127.0.0.1",
           {{"X-Forwarded-Host", "[2001:db8::5]:8443"}},
           "127.0.0.1",
           kNobody,
           "[2001:db8::5]:8443"},
          {"a host with a path", "127.0.0.1", {{"X-Forwarded-Host", "a.example/x"}}, "127.0.0.1"},
          {"a host with a user", "127.0.0.1", {{"X-Forwarded-Host", "a@b.example"}}, "127.0.0.1"},
          {"a host with markup", "127.0.0.1", {{"X-Forwarded-Host", "\"><b>"}}, "127.0.0.1"},
          {"a host with a bad port", "127.0.0.1", {{"X-Forwarded-Host", "a.example:0"}}, "127.0.0.1"},
          {"Forwarded is not believed unless asked for",
           "127.0.0.1",
           {{"Forwarded", "for=203.0.113.5;proto=https;host=a.example"}},
           "127.0.0.1"},
      },
      rules());
}

TEST(Forwarded, EachHeaderIsBelievedByItself) {
  const std::vector<Header> all{{"X-Forwarded-For", "203.0.113.5"},
                                {"X-Forwarded-Proto", "https"},
                                {"X-Forwarded-Host", "a.example"},
                                {"Forwarded", "for=203.0.113.6;proto=http;host=b.example"}};
  ProxyRules none = rules();
  none.x_forwarded_for = none.x_forwarded_proto = none.x_forwarded_host = false;
  check({{"nothing", "127.0.0.1", all, "127.0.0.1"}}, none);
  ProxyRules one = none;
  one.x_forwarded_for = true;
  check({{"for", "127.0.0.1", all, "203.0.113.5"}}, one);
  one = none;
  one.x_forwarded_proto = true;
  check({{"proto", "127.0.0.1", all, "127.0.0.1", "https"}}, one);
  one = none;
  one.x_forwarded_host = true;
  check({{"host", "127.0.0.1", all, "127.0.0.1", kNobody, "a.example"}}, one);
  one = rules();
  one.forwarded = true;
  check({{"Forwarded alone where it is sent", "127.0.0.1", all, "203.0.113.6", "http", "b.example"}}, one);
  check({{"the others where it is not", "127.0.0.1", {{"X-Forwarded-Proto", "https"}}, "127.0.0.1", "https"}}, one);
  one.trusted.clear();
  check({{"nobody is trusted", "127.0.0.1", all, "127.0.0.1"}}, one);
}

TEST(Forwarded, Rfc7239IsReadHopByHop) {
  ProxyRules believed = rules();
  believed.forwarded = true;
  const auto with = [](const char* text) { return std::vector<Header>{{"Forwarded", text}}; };
  check(
      {
          {"one hop", "127.0.0.1", with("For=\"[2001:db8::5]:4711\";Proto=https;by=10.0.0.1;Host=\"a.example:8443\""),
           "2001:db8::5", "https", "a.example:8443"},
          {"scheme and host of the client's hop", "127.0.0.1",
           with("for=203.0.113.5;proto=https;host=a.example, for=10.0.0.2;proto=http;host=inner"), "203.0.113.5",
           "https", "a.example"},
          {"a client's own hop does not count", "127.0.0.1",
           with("for=1.1.1.1;proto=https;host=evil.example, for=203.0.113.5;proto=http"), "203.0.113.5", "http"},
          {"a space behind the semicolon", "127.0.0.1", with("for=203.0.113.5; proto=https"), "203.0.113.5", "https"},
          {"a hidden client", "127.0.0.1", with("for=1.1.1.1, for=_hidden;proto=https"), "127.0.0.1", "https"},
          {"an unknown one", "127.0.0.1", with("for=unknown;proto=https;host=a.example"), "127.0.0.1", "https",
           "a.example"},
          {"no for", "127.0.0.1", with("for=1.1.1.1, proto=https"), "127.0.0.1", "https"},
          {"a stranger's", "203.0.113.5", with("for=1.1.1.1;proto=https;host=evil.example"), "203.0.113.5"},
          {"broken", "127.0.0.1", with("for=203.0.113.5;proto"), "127.0.0.1"},
          {"a quote that swallows the rest", "127.0.0.1", with("for=\"1.1.1.1, for=203.0.113.5"), "127.0.0.1"},
          {"a scheme that is none", "127.0.0.1", with("for=203.0.113.5;proto=gopher;host=\"a b\""), "203.0.113.5"},
      },
      believed);
}

TEST(Forwarded, ParsesWhatTheGrammarAllowsAndNothingElse) {
  const auto hops = parse_forwarded("for=a;host=\"b\\\"c,d;e\" ,\t for=f ; x=y");
  EXPECT_FALSE(hops);  // no space before a semicolon
  const auto good = parse_forwarded(" for=a;host=\"b\\\"c,d;e\" ,\t FOR=f;x=y");
  ASSERT_TRUE(good);
  ASSERT_EQ(good->size(), 2u);
  EXPECT_EQ((*good)[0].node, "a");
  EXPECT_EQ((*good)[0].host, "b\"c,d;e");
  EXPECT_EQ((*good)[1].node, "f");
  for (const char* text :
       {"", ",", "for=a,", ",for=a", "for", "for=", "=a", "for=a;", "for=a;for=b", "for=a b", "for=\"a", "for=\"a\\",
        "for=\"a\"b", "for=[::1]", "for = a", "f\xc3\xb6r=a", "for=a;;host=b"})
    EXPECT_FALSE(parse_forwarded(text)) << text;
}

}  // namespace
}  // namespace stile::http
