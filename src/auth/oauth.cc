#include "auth/oauth.h"

#include <algorithm>
#include <array>

#include "auth/hmac.h"
#include "base/text.h"

namespace stile::auth {
namespace {

constexpr std::size_t kMaxHeaderParams = 64;
constexpr std::size_t kMaxKey = 128;   // ours have 27 characters
constexpr std::size_t kMaxNonce = 256;  // 16 to 32 were seen

std::unexpected<Error> refused(std::string_view cause) {
  return fail(Errc::unauthenticated, "The API signature is invalid.", std::string("oauth: ").append(cause));
}

bool is_space(char c) { return c == ' ' || c == '\t'; }
void skip_spaces(std::string_view& text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
}

// What follows the scheme when it is OAuth.
std::optional<std::string_view> oauth_fields(std::optional<std::string_view> authorization) {
  if (!authorization) return std::nullopt;
  const std::size_t end = std::min(authorization->find(' '), authorization->size());
  if (!iequals(authorization->substr(0, end), "OAuth")) return std::nullopt;
  return authorization->substr(end);
}

// `text` begins behind an opening quote; takes the value and its closing quote off. A backslash keeps the next
// character from being that quote, as a realm may have it.
std::optional<std::string_view> take_quoted(std::string_view& text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      const std::string_view value = text.substr(0, i);
      text.remove_prefix(i + 1);
      return value;
    }
  }
  return std::nullopt;
}

std::optional<std::string> decoded(std::string_view text) {
  auto plain = percent_decode(text, Plus::is_plus);
  if (!plain || !is_valid_utf8(*plain) || plain->find('\0') != std::string::npos) return std::nullopt;
  return plain;
}

// name="value", name="value" … without the realm.
Result<Params> read_header(std::string_view text) {
  Params params;
  for (;;) {
    while (!text.empty() && (is_space(text.front()) || text.front() == ',')) text.remove_prefix(1);
    if (text.empty()) return params;
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) return refused("the header has a name without a value");
    const std::string_view raw_name = trim(text.substr(0, equals));
    text.remove_prefix(equals + 1);
    skip_spaces(text);
    if (!text.starts_with('"')) return refused("the header has a value without quotes");
    text.remove_prefix(1);
    const auto raw_value = take_quoted(text);
    if (!raw_value) return refused("the header has a value without an end");
    skip_spaces(text);
    if (!text.empty() && text.front() != ',') return refused("the header has something behind a value");
    if (iequals(raw_name, "realm")) continue;
    auto name = decoded(raw_name);
    auto value = decoded(*raw_value);
    if (!name || name->empty() || !value) return refused("the header has a broken escape");
    if (params.size() == kMaxHeaderParams) return refused("the header has too many parameters");
    params.add(std::move(*name), std::move(*value));
  }
}

bool claims_something(const Params& params) {
  return params.has("oauth_consumer_key") || params.has("oauth_token") || params.has("oauth_signature");
}

constexpr std::array<std::string_view, 7> kProtocolParams{
    "oauth_consumer_key", "oauth_token",   "oauth_signature", "oauth_signature_method",
    "oauth_timestamp",    "oauth_nonce", "oauth_version"};

bool repeats_a_protocol_parameter(const Params& params) {
  return std::ranges::any_of(kProtocolParams, [&](std::string_view name) {
    return std::ranges::count(params, name, &Params::Pair::first) > 1;
  });
}

std::string escape_tildes(std::string text) {
  for (std::size_t at = text.find('~'); at != std::string::npos; at = text.find('~', at + 3)) text.replace(at, 1, "%7E");
  return text;
}

std::string encoded(std::string_view text, Tilde tilde) {
  std::string result = percent_encode(text);
  return tilde == Tilde::escaped ? escape_tildes(std::move(result)) : result;
}

// The third part of the base string, encoded for it.
std::string normalised(const Params& params, Tilde tilde) {
  std::vector<Params::Pair> pairs;
  pairs.reserve(params.size());
  for (const auto& [name, value] : params) pairs.emplace_back(encoded(name, tilde), encoded(value, tilde));
  std::ranges::sort(pairs);
  std::string joined;
  for (const auto& [name, value] : pairs) joined.append(joined.empty() ? "" : "&").append(name).append("=").append(value);
  return encoded(joined, tilde);
}

std::string text_to_sign(std::string_view method, std::string_view url, std::string_view params, Tilde tilde) {
  std::string text = std::string(method).append("&").append(encoded(url, tilde)).append("&").append(params);
  return tilde == Tilde::escaped_late ? escape_tildes(std::move(text)) : text;
}

struct HostAndPort {
  std::string_view host;
  std::string_view port;  // without the colon; may be empty
};

HostAndPort split_host(std::string_view text) {
  const std::size_t bracket = text.rfind(']');
  const std::size_t colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon == std::string_view::npos) return {text, {}};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

}  // namespace

Result<std::optional<OAuthClaim>> read_oauth(std::optional<std::string_view> authorization, const Params& params) {
  OAuthClaim claim;
  Params all;
  if (const auto fields = oauth_fields(authorization)) {
    auto from_header = read_header(*fields);
    if (!from_header) return fail(std::move(from_header).error());
    all = std::move(*from_header);
  } else if (!claims_something(params)) {
    return std::nullopt;
  }
  for (const auto& [name, value] : params) all.add(name, value);

  claim.consumer_key = all.get_or("oauth_consumer_key", "");
  claim.token = all.get_or("oauth_token", "");
  const bool nobody = all.has("oauth_consumer_key") && (claim.consumer_key.empty() || claim.consumer_key == "undefined");
  if (nobody && claim.token.empty()) return std::nullopt;

  if (repeats_a_protocol_parameter(all)) return refused("a protocol parameter is repeated");
  claim.signature = all.get_or("oauth_signature", "");
  claim.nonce = all.get_or("oauth_nonce", "");
  if (claim.consumer_key.empty() || claim.signature.empty() || claim.nonce.empty())
    return refused("a protocol parameter is missing");
  if (claim.consumer_key.size() > kMaxKey || claim.token.size() > kMaxKey || claim.nonce.size() > kMaxNonce)
    return refused("a protocol parameter is too long");
  if (all.get_or("oauth_signature_method", "") != "HMAC-SHA1") return refused("another method than HMAC-SHA1");
  if (all.get_or("oauth_version", "1.0") != "1.0") return refused("another version than 1.0");
  const auto timestamp = parse_u64(all.get_or("oauth_timestamp", ""));
  if (!timestamp) return refused("the timestamp is not a number");
  claim.timestamp = *timestamp;
  for (const auto& [name, value] : all)
    if (name != "oauth_signature") claim.signed_params.add(name, value);
  return claim;
}

std::string base_string(std::string_view method, std::string_view url, const Params& params, Tilde tilde) {
  return text_to_sign(method, url, normalised(params, tilde), tilde);
}

std::string oauth_signature(std::string_view base_string, const OAuthSecrets& secrets) {
  const std::string key = percent_encode(secrets.consumer_secret) + "&" + percent_encode(secrets.token_secret);
  return base64_encode(hmac_sha1(key, base_string));
}

std::vector<std::string> signed_urls(const SignedRequest& request) {
  std::vector<std::string> urls;
  const auto add = [&](std::string_view scheme, std::string_view host, std::string_view port) {
    std::string url = std::string(scheme).append("://").append(host);
    if (!port.empty()) url.append(":").append(port);
    url += request.path;
    if (std::ranges::find(urls, url) == urls.end()) urls.push_back(std::move(url));
  };
  for (const std::string& name : request.hosts) {
    const auto [host, port] = split_host(name);
    const std::string lower = to_lower(host);
    for (const auto& [scheme, usual] : {std::pair("https", "443"), std::pair("http", "80")}) {
      const bool has_own_port = !port.empty() && port != usual;
      add(scheme, lower, has_own_port ? port : "");
      if (!has_own_port) add(scheme, lower, usual);
      add(scheme, host, port);
    }
  }
  return urls;
}

bool signature_fits(const OAuthClaim& claim, const SignedRequest& request, const OAuthSecrets& secrets) {
  std::string method = request.method;
  std::ranges::transform(method, method.begin(), [](char c) { return c >= 'a' && c <= 'z' ? char(c - 32) : c; });
  const bool has_tilde = request.path.find('~') != std::string::npos ||
                         std::ranges::any_of(claim.signed_params, [](const auto& pair) {
                           return pair.first.find('~') != std::string::npos || pair.second.find('~') != std::string::npos;
                         });
  const std::vector<std::string> urls = signed_urls(request);
  for (const Tilde tilde : {Tilde::unreserved, Tilde::escaped, Tilde::escaped_late}) {
    if (tilde != Tilde::unreserved && !has_tilde) break;
    const std::string params = normalised(claim.signed_params, tilde);  // most of the text, and the same for every URL
    for (const std::string& url : urls) {
      const std::string text = text_to_sign(method, url, params, tilde);
      if (constant_time_equal(claim.signature, oauth_signature(text, secrets))) return true;
    }
  }
  return false;
}

}  // namespace stile::auth
