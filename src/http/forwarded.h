// What proxies in front of us say of a request: the client's address, and the scheme and host it asked with.
//
// Anybody can send these headers, so they count only when the peer is a trusted proxy, and of them only what a trusted
// proxy has added. A proxy adds at the right end; so addresses are read from the right, over those of trusted proxies,
// to the first that is not: that is the client. Everything left of it was sent by the client. Of X-Forwarded-Proto and
// -Host, which do not say who added what, the last value counts; proxies set them rather than add to them. RFC 7239
// says it per hop. Parsing is strict: a value that is not what it should be counts as not sent. Pure. Source: RFC 7239;
// the X- ones by custom.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_network.h"
#include "http/head.h"

namespace stile::http {

struct ProxyRules {
  std::vector<IpNetwork> trusted;  // empty: nobody is believed
  // Which headers are believed. Forwarded, where it is sent and believed, is believed alone.
  bool forwarded = false;
  bool x_forwarded_for = false;
  bool x_forwarded_proto = false;
  bool x_forwarded_host = false;
};

struct ClientView {
  std::string address;                   // the client's, or of the hop nearest to it that somebody trusted vouches for
  std::optional<Scheme> scheme = {};     // if a trusted proxy told
  std::optional<std::string> host = {};  // name or address, with a port if there was one; fit for a Host header
};

// `peer`: the other end of the connection.
ClientView client_view(const RequestHead& head, const std::string& peer, const ProxyRules& rules);

// One hop as Forwarded tells it. Members are empty when the proxy did not say.
struct ForwardedHop {
  std::string node;  // of `for`: as sent, without quotes
  std::string host;
  std::string proto;
};
// The hops of a whole Forwarded header, the client's first; nullopt when it is not one.
std::optional<std::vector<ForwardedHop>> parse_forwarded(std::string_view text);

// "192.0.2.1", "192.0.2.1:80", "[2001:db8::1]:80", "[2001:db8::1]", "2001:db8::1". nullopt for names and everything
// else.
std::optional<IpAddress> parse_node(std::string_view text);
// Whether it can be a Host: a name, an IPv4 address or an IPv6 one in brackets, and perhaps a port.
bool is_host_and_port(std::string_view text);

}  // namespace stile::http
