#include "notify/callback_url.h"

#include <algorithm>
#include <array>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <optional>
#include <set>
#include <vector>

#include "base/text.h"

namespace stile::notify {
namespace {

constexpr std::array<std::string_view, 7> kReserved = {"domain",  "upload_token", "replace_token", "photo_id",
                                                       "tree_id", "token",        "error_message"};

// What a name becomes for the most lenient receiver: PHP cuts at '[' and turns '.' and ' ' into '_', ASP.NET ignores
// case. A stranger who redeems a token must not be able to say "photo_id[]=7" to such a back end.
std::string lenient_name(std::string_view name) {
  name.remove_prefix(std::min(name.find_first_not_of(' '), name.size()));
  std::string result = to_lower(name.substr(0, name.find('[', 1)));
  std::ranges::replace_if(result, [](char c) { return c == '.' || c == ' ' || c == '['; }, '_');
  return result;
}

struct UrlParts {
  std::string_view base;                  // up to the query
  std::optional<std::string_view> query;  // without '?'
  std::string_view fragment;              // with '#'
};

UrlParts take_apart(std::string_view url) {
  UrlParts parts;
  if (const std::size_t hash = url.find('#'); hash != std::string_view::npos) {
    parts.fragment = url.substr(hash);
    url = url.substr(0, hash);
  }
  parts.base = url.substr(0, url.find('?'));
  if (parts.base.size() < url.size()) parts.query = url.substr(parts.base.size() + 1);
  return parts;
}

// Not parse_form: a query of somebody else's may hold anything, and whatever can be read of it counts.
std::set<std::string> own_names(std::string_view query) {
  std::set<std::string> names;
  for (std::string_view pair : split(query, '&')) {
    const std::string_view name = pair.substr(0, pair.find('='));
    if (!name.empty()) names.insert(lenient_name(percent_decode(name, Plus::is_space).value_or(std::string(name))));
  }
  return names;
}

// The documented parameters, and how the extras go on after them.
struct Added {
  Params documented;
  Params extras;
};

Added added_params(const CallbackFacts& facts) {
  Added added;
  Params& documented = added.documented;
  documented.add("domain", std::string(facts.domain));
  documented.add(std::string(facts.token_name), std::string(facts.token));
  if (facts.error_message.empty()) {
    documented.add("photo_id", std::to_string(facts.photo_id));
    documented.add("tree_id", std::to_string(facts.tree_id));
    documented.add("token", std::string(facts.photo_token));
  } else {
    documented.add("error_message", std::string(facts.error_message));
  }

  const std::set<std::string> own = own_names(take_apart(facts.return_url).query.value_or(""));
  const auto may_be_echoed = [&own](std::string_view name) {
    const std::string lenient = lenient_name(name);
    return std::ranges::find(kReserved, lenient) == kReserved.end() && !own.contains(lenient);
  };
  const Params none;
  const Params& of_token = facts.token_extras ? *facts.token_extras : none;
  const Params& of_redeem = facts.redeem_extras ? *facts.redeem_extras : none;
  std::set<std::string_view> placed;
  for (const auto& [name, value] : of_token) {
    if (!may_be_echoed(name)) continue;
    if (!of_redeem.has(name)) {
      added.extras.add(name, value);
    } else if (placed.insert(name).second) {
      for (const auto& [redeem_name, redeem_value] : of_redeem)
        if (redeem_name == name) added.extras.add(redeem_name, redeem_value);
    }
  }
  for (const auto& [name, value] : of_redeem)
    if (may_be_echoed(name) && !of_token.has(name)) added.extras.add(name, value);
  return added;
}

std::string encode_pair(const Params::Pair& pair) { return form_encode(pair.first) + '=' + form_encode(pair.second); }

// Adds the pairs after return_url's own query, extras only as long as the whole stays within `max_length`.
std::string build(const CallbackFacts& facts, std::size_t max_length) {
  const std::string encoded = encode_return_url(facts.return_url);
  const UrlParts parts = take_apart(encoded);
  std::string url(parts.base);
  url += '?';
  if (parts.query) url += *parts.query;
  // A '?' at the end of return_url's own query belongs to its last value: only the one that begins the query needs no '&'.
  const auto append = [&url, begin = parts.base.size() + 1](const std::string& pair) {
    if (url.size() != begin && url.back() != '&') url += '&';
    url += pair;
  };

  const Added added = added_params(facts);
  for (const auto& pair : added.documented) append(encode_pair(pair));
  for (const auto& pair : added.extras) {
    const std::string text = encode_pair(pair);
    // From the end means that nothing comes after the first one that does not fit, also when it would be short enough.
    if (url.size() + 1 + text.size() + parts.fragment.size() > max_length) break;
    append(text);
  }
  url += parts.fragment;
  return url;
}

std::unexpected<Error> refuse(std::string_view why) {
  return fail(Errc::invalid_input, "return_url " + std::string(why));
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex_digit(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_host_char(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.';
}

bool is_dotted_quad(std::string_view host) {
  const auto numbers = split(host, '.');
  return numbers.size() == 4 && std::ranges::all_of(numbers, [](std::string_view number) {
           const auto value = parse_u64(number);
           return value && *value <= 255 && (number.size() == 1 || number[0] != '0');
         });
}

// Browsers read a host whose last label is a number ("7", "0x7f") as an IPv4 address in one of many spellings.
bool ends_in_number(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  std::string_view last = host.substr(host.rfind('.') + 1);
  if (!last.empty() && std::ranges::all_of(last, is_digit)) return true;
  if (last.size() < 2 || last[0] != '0' || (last[1] != 'x' && last[1] != 'X')) return false;
  last.remove_prefix(2);
  return std::ranges::all_of(last, is_hex_digit);
}

// The host and port are judged from the text itself: Boost.URL 1.81 wraps ports around at 65536 and takes
// "1.2.3.4.5" for the address 1.2.3.4.
Result<void> check_authority(std::string_view authority) {
  if (authority.find('@') != std::string_view::npos) return refuse("must not have a user name or password");
  std::string_view host = authority;
  std::string_view rest;
  if (authority.starts_with('[')) {
    const std::size_t close = authority.find(']');
    if (close == std::string_view::npos) return refuse("is not a valid URL");
    host = authority.substr(0, close + 1);
    rest = authority.substr(close + 1);
    if (!boost::urls::parse_uri("http://" + std::string(host)) || host.size() < 2 || host[1] == 'v' || host[1] == 'V')
      return refuse("has an invalid IPv6 address");
  } else {
    host = authority.substr(0, authority.find(':'));
    rest = authority.substr(host.size());
    if (host.empty() || host.size() > 253 || host.front() == '.' || host.find("..") != std::string_view::npos)
      return refuse("must have a host name");
    if (!std::ranges::all_of(host, is_host_char))
      return refuse("must have a plain host name (an international name in its xn-- form)");
    if (ends_in_number(host) && !is_dotted_quad(host)) return refuse("has an invalid IPv4 address");
  }
  if (rest.empty()) return {};
  const auto port = parse_u64(rest.substr(1));
  if (rest[0] != ':' || rest.size() > 6 || !port || *port < 1 || *port > 65535) return refuse("has an invalid port");
  return {};
}

}  // namespace

Params callback_params(const CallbackFacts& facts) {
  Added added = added_params(facts);
  for (const auto& [name, value] : added.extras) added.documented.add(name, value);
  return std::move(added.documented);
}

std::string encode_return_url(std::string_view return_url) {
  std::string result;
  result.reserve(return_url.size());
  for (char c : return_url) {
    if (c > ' ' && c < '\x7f')
      result += c;
    else
      result += percent_encode(std::string_view(&c, 1));
  }
  return result;
}

std::string callback_url(const CallbackFacts& facts) { return build(facts, std::string::npos); }

std::string background_callback_url(const CallbackFacts& facts) { return build(facts, kMaxRedirectUrl); }

Result<void> check_return_url(std::string_view url) {
  if (url.size() > kMaxReturnUrl) return refuse("is too long");
  if (!is_valid_utf8(url)) return refuse("is not valid UTF-8");
  if (std::ranges::any_of(url, [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
    return refuse("must not have control characters");

  const std::size_t colon = url.find(':');
  const std::string_view scheme = url.substr(0, colon);
  if (colon == std::string_view::npos || (!iequals(scheme, "http") && !iequals(scheme, "https")))
    return refuse("must begin with http:// or https://");
  if (url.substr(colon, 3) != "://") return refuse("must begin with http:// or https://");
  std::string_view authority = url.substr(colon + 3);
  authority = authority.substr(0, authority.find_first_of("/?#\\"));
  STILE_TRY(check_authority(authority));

  // PHP's "ids[]=1" is everywhere and means the same to everybody; the strict grammar wants the brackets encoded.
  const std::string encoded = encode_return_url(url);
  const UrlParts parts = take_apart(encoded);
  std::string strict(parts.base);
  if (parts.query) {
    strict += '?';
    for (char c : *parts.query) {
      if (c == '[' || c == ']')
        strict += percent_encode(std::string_view(&c, 1));
      else
        strict += c;
    }
  }
  strict += parts.fragment;
  if (!boost::urls::parse_uri(strict)) return refuse("is not a valid URL");
  return {};
}

}  // namespace stile::notify
