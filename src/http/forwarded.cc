#include "http/forwarded.h"

#include <algorithm>

#include "base/text.h"

namespace stile::http {
namespace {

constexpr std::size_t kMaxHost = 253;  // of DNS

bool is_alnum(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

bool is_port(std::string_view text) {
  const auto port = parse_u64(text);
  return text.size() <= 5 && port && *port > 0 && *port <= 65535;
}

// All fields of that name as one list (RFC 9110, 5.3).
std::string joined(const RequestHead& head, std::string_view name) {
  std::string all;
  for (const Header& field : head.headers)
    if (iequals(field.name, name)) all.append(all.empty() ? "" : ",").append(field.value);
  return all;
}

std::string_view last_of(std::string_view list) {
  const std::size_t comma = list.rfind(',');
  return trim(comma == std::string_view::npos ? list : list.substr(comma + 1));
}

std::optional<Scheme> read_scheme(std::string_view text) {
  if (iequals(text, "https")) return Scheme::https;
  if (iequals(text, "http")) return Scheme::http;
  return std::nullopt;
}

std::optional<std::string> read_host(std::string_view text) {
  if (!is_host_and_port(text)) return std::nullopt;
  return std::string(text);
}

class Walk {
 public:
  Walk(const std::string& peer, const ProxyRules& rules) : rules_(rules), view_{.address = peer} {
    // A link-local peer has its zone behind a percent sign.
    const auto address = IpAddress::parse(std::string_view(peer).substr(0, peer.find('%')));
    if (address) view_.address = address->text();
    trusted_ = address && trusts(*address);
  }

  // Whether whoever added what is read next is trusted.
  bool goes_on() const { return trusted_; }

  // The hop before the one we are at, as that one tells.
  void step(std::string_view node) {
    const auto address = parse_node(node);
    if (address) view_.address = address->text();
    trusted_ = address && trusts(*address);
  }

  ClientView& view() { return view_; }

 private:
  bool trusts(const IpAddress& address) const {
    return std::ranges::any_of(rules_.trusted, [&](const IpNetwork& network) { return network.contains(address); });
  }

  const ProxyRules& rules_;
  ClientView view_;
  bool trusted_ = false;
};

// Reads `a="b";c=d, e=f` from the left.
class ForwardedParser {
 public:
  explicit ForwardedParser(std::string_view text) : rest_(text) {}

  std::optional<std::vector<ForwardedHop>> parse() {
    std::vector<ForwardedHop> hops;
    do {
      skip_space();
      ForwardedHop hop;
      if (!read_hop(hop)) return std::nullopt;
      hops.push_back(std::move(hop));
      skip_space();
    } while (take(','));
    if (!rest_.empty()) return std::nullopt;
    return hops;
  }

 private:
  static bool is_token_char(char c) { return is_alnum(c) || std::string_view("!#$%&'*+-.^_`|~").contains(c); }

  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void skip_space() {
    while (take(' ') || take('\t')) {}
  }

  bool read_hop(ForwardedHop& hop) {
    std::vector<std::string> seen;
    do {
      skip_space();  // some write one behind the semicolon
      std::string name = to_lower(token());
      std::string value;
      if (name.empty() || !take('=') || !read_value(value)) return false;
      if (std::ranges::find(seen, name) != seen.end()) return false;
      if (name == "for")
        hop.node = std::move(value);
      else if (name == "host")
        hop.host = std::move(value);
      else if (name == "proto")
        hop.proto = std::move(value);
      seen.push_back(std::move(name));
    } while (take(';'));
    return true;
  }

  std::string_view token() {
    const auto end = std::ranges::find_if_not(rest_, is_token_char);
    const std::string_view found = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    rest_.remove_prefix(found.size());
    return found;
  }

  bool read_value(std::string& value) {
    if (!take('"')) {
      value = token();
      return !value.empty();
    }
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') return true;
      if (c != '\\') {
        value += c;
      } else if (!rest_.empty()) {
        value += rest_.front();
        rest_.remove_prefix(1);
      }
    }
    return false;
  }

  std::string_view rest_;
};

// The hop before each is told by the one after it, with the scheme and host that one was asked with.
void read_forwarded(const std::vector<ForwardedHop>& hops, Walk& walk) {
  for (auto hop = hops.rbegin(); hop != hops.rend() && walk.goes_on(); ++hop) {
    walk.view().scheme = read_scheme(hop->proto);
    walk.view().host = read_host(hop->host);
    walk.step(hop->node);
  }
}

void read_x_forwarded_for(std::string_view list, Walk& walk) {
  while (!list.empty() && walk.goes_on()) {
    const std::string_view last = last_of(list);
    list = list.substr(0, list.contains(',') ? list.rfind(',') : 0);
    walk.step(last);
  }
}

}  // namespace

std::optional<IpAddress> parse_node(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view inside = text.substr(1, end - 1), behind = text.substr(end + 1);
    if (!inside.contains(':') || (!behind.empty() && (!behind.starts_with(':') || !is_port(behind.substr(1)))))
      return std::nullopt;
    return IpAddress::parse(inside);
  }
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || text.find(':', colon + 1) != std::string_view::npos)
    return IpAddress::parse(text);
  if (!is_port(text.substr(colon + 1))) return std::nullopt;
  return IpAddress::parse(text.substr(0, colon));
}

bool is_host_and_port(std::string_view text) {
  if (text.starts_with('[')) return parse_node(text).has_value();
  const std::size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  if (colon != std::string_view::npos && !is_port(text.substr(colon + 1))) return false;
  return !name.empty() && name.size() <= kMaxHost && !name.starts_with('.') && !name.starts_with('-') &&
         std::ranges::all_of(name, [](char c) { return is_alnum(c) || c == '.' || c == '-' || c == '_'; });
}

std::optional<std::vector<ForwardedHop>> parse_forwarded(std::string_view text) {
  return ForwardedParser(text).parse();
}

ClientView client_view(const RequestHead& head, const std::string& peer, const ProxyRules& rules) {
  if (rules.trusted.empty()) return {.address = peer};
  Walk walk(peer, rules);
  if (!walk.goes_on()) return std::move(walk.view());
  if (const std::string text = rules.forwarded ? joined(head, "forwarded") : ""; !text.empty()) {
    if (const auto hops = parse_forwarded(text)) read_forwarded(*hops, walk);
    return std::move(walk.view());
  }
  if (rules.x_forwarded_proto) walk.view().scheme = read_scheme(last_of(joined(head, "x-forwarded-proto")));
  if (rules.x_forwarded_host) walk.view().host = read_host(last_of(joined(head, "x-forwarded-host")));
  if (rules.x_forwarded_for) read_x_forwarded_for(joined(head, "x-forwarded-for"), walk);
  return std::move(walk.view());
}

}  // namespace stile::http
