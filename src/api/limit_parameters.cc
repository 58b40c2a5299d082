#include "api/limit_parameters.h"

#include <algorithm>
#include <array>

#include "base/media_range.h"
#include "base/text.h"

namespace stile::api {
namespace {

constexpr std::array<std::string_view, 4> kNames{"max_file_bytes", "max_total_bytes", "accepted_types",
                                                 "allowed_origins"};
constexpr std::int64_t kMostBytes = std::int64_t{1} << 50;  // scripts read numbers up to 2^53 exactly
constexpr std::size_t kMaxListText = 4'000;
constexpr std::size_t kMaxListed = 50;

std::uint64_t read_bytes(ParameterReader& reader, std::string_view name) {
  const std::int64_t bytes = reader.clamped(name, 0, -1, kMostBytes);
  if (bytes >= 0) return static_cast<std::uint64_t>(bytes);
  reader.complain(Code::invalid_input, std::string(name) + " must not be negative");
  return 0;
}

// Within what the server takes: all of it, or some of it.
bool is_taken(const std::vector<std::string>& by_server, const std::string& range) {
  return by_server.empty() || std::ranges::any_of(by_server, [&](const std::string& taken) {
           return covers(taken, range) || covers(range, taken);
         });
}

std::string read_types(const TokenRules& rules, ParameterReader& reader) {
  const std::string text = reader.text("accepted_types", kMaxListText);
  const auto ranges = parse_media_ranges(text);
  if (!ranges || ranges->size() > kMaxListed) {
    reader.complain(Code::invalid_input, "accepted_types must be types such as image/jpeg or video/*, with commas");
    return {};
  }
  for (const std::string& range : *ranges)
    if (!is_taken(rules.accepted_types, range))
      reader.complain(Code::invalid_input, "accepted_types: " + range + " is not accepted here");
  return join_media_ranges(*ranges);
}

std::string read_origins(ParameterReader& reader) {
  const std::string text = reader.text("allowed_origins", kMaxListText);
  if (text.empty()) return {};
  std::string origins;
  const auto pieces = split(text, ',');
  for (const std::string_view piece : pieces) {
    const std::string origin = normal_origin(trim(piece));
    if (origin.empty() || pieces.size() > kMaxListed) {
      reader.complain(Code::invalid_input,
                      "allowed_origins must be origins such as https://app.example.com, with commas");
      return {};
    }
    origins.append(origins.empty() ? "" : ", ").append(origin);
  }
  return origins;
}

bool is_host(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']') && text.size() > 4) {
    text = text.substr(1, text.size() - 2);
    return text.contains(':') && std::ranges::all_of(text, [](char c) {
             return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == ':' || c == '.';
           });
  }
  return !text.empty() && text.size() <= 253 && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '.' || c == '-' || c == '_';
  });
}

}  // namespace

bool is_limit_parameter(std::string_view name) { return std::ranges::find(kNames, name) != kNames.end(); }

void read_limits(const TokenRules& rules, ParameterReader& reader, catalog::Token& token) {
  token.max_file_bytes = read_bytes(reader, "max_file_bytes");
  token.max_total_bytes = read_bytes(reader, "max_total_bytes");
  token.accepted_types = read_types(rules, reader);
  token.allowed_origins = read_origins(reader);
}

void add_limits(Object& object, const catalog::Token& token) {
  if (token.max_file_bytes != 0) object.number("max_file_bytes", static_cast<std::int64_t>(token.max_file_bytes));
  if (token.max_total_bytes != 0) object.number("max_total_bytes", static_cast<std::int64_t>(token.max_total_bytes));
  if (!token.accepted_types.empty()) object.text("accepted_types", token.accepted_types);
  if (!token.allowed_origins.empty()) object.text("allowed_origins", token.allowed_origins);
}

std::string normal_origin(std::string_view text) {
  const std::string lower = to_lower(text);
  std::string_view rest = lower;
  const bool secure = rest.starts_with("https://");
  if (!secure && !rest.starts_with("http://")) return {};
  rest.remove_prefix(secure ? 8 : 7);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  std::string_view host = rest;
  std::string port;
  const auto colon = rest.rfind(':');
  if (colon != std::string_view::npos && rest.find(']', colon) == std::string_view::npos) {
    const auto number = parse_u64(rest.substr(colon + 1));
    if (!number || *number == 0 || *number > 65535) return {};
    host = rest.substr(0, colon);
    if (*number != (secure ? 443u : 80u)) port = ":" + std::to_string(*number);
  }
  if (!is_host(host)) return {};
  return (secure ? "https://" : "http://") + std::string(host) + port;
}

}  // namespace stile::api
