// How the text of a setting becomes a value, by kind, and back.
#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <type_traits>

#include "app/settings_table.h"
#include "base/ip_network.h"
#include "base/text.h"

namespace stile::app {
namespace {

struct Suffix {
  std::string_view text;
  std::uint64_t factor;
};
// Largest first: format_scaled takes the first that divides.
constexpr std::array<Suffix, 5> kSizes{
    {{"TiB", 1ull << 40}, {"GiB", 1ull << 30}, {"MiB", 1ull << 20}, {"KiB", 1ull << 10}, {"B", 1}}};
constexpr std::array<Suffix, 5> kTimes{{{"d", 86'400'000}, {"h", 3'600'000}, {"min", 60'000}, {"s", 1000}, {"ms", 1}}};

constexpr std::array<std::string_view, 3> kDurabilities{"chunk", "file", "none"};
constexpr std::array<std::string_view, 6> kLogLevels{"trace", "debug", "info", "warn", "error", "off"};
constexpr std::array<std::string_view, 2> kLogFormats{"text", "json"};
constexpr std::array<std::string_view, 3> kMetricsAccesses{"off", "loopback", "everybody"};

std::span<const std::string_view> words_of(Durability) { return kDurabilities; }
std::span<const std::string_view> words_of(LogLevel) { return kLogLevels; }
std::span<const std::string_view> words_of(LogFormat) { return kLogFormats; }
std::span<const std::string_view> words_of(MetricsAccess) { return kMetricsAccesses; }

// "16 KiB", "15s". A number without a suffix is refused unless it is zero or `bare_number` says otherwise.
enum class BareNumber { refused, allowed };
std::optional<std::uint64_t> parse_scaled(std::string_view text, std::span<const Suffix> suffixes, BareNumber bare) {
  const auto end = std::find_if(text.begin(), text.end(), [](char c) { return c < '0' || c > '9'; });
  const auto digits = static_cast<std::size_t>(end - text.begin());
  const auto number = parse_u64(text.substr(0, digits));
  if (!number) return std::nullopt;
  const std::string_view suffix = trim(text.substr(digits));
  if (suffix.empty()) return bare == BareNumber::allowed || *number == 0 ? number : std::nullopt;
  for (const Suffix& known : suffixes) {
    if (!iequals(suffix, known.text)) continue;
    std::uint64_t scaled = 0;
    if (__builtin_mul_overflow(*number, known.factor, &scaled)) return std::nullopt;
    return scaled;
  }
  return std::nullopt;
}

std::string format_scaled(std::uint64_t value, std::span<const Suffix> suffixes) {
  if (value == 0) return "0";
  for (const Suffix& suffix : suffixes) {
    if (value % suffix.factor == 0) return std::to_string(value / suffix.factor) + " " + std::string(suffix.text);
  }
  return std::to_string(value);
}

std::optional<std::uint64_t> parse_number(Kind kind, std::string_view text) {
  switch (kind) {
    case Kind::bytes:
    case Kind::bytes_per_second: return parse_scaled(text, kSizes, BareNumber::allowed);
    case Kind::duration: return parse_scaled(text, kTimes, BareNumber::refused);
    default: return parse_u64(text);
  }
}

std::string format_number(Kind kind, std::uint64_t value) {
  switch (kind) {
    case Kind::bytes:
    case Kind::bytes_per_second: return format_scaled(value, kSizes);
    case Kind::duration: return format_scaled(value, kTimes);
    default: return std::to_string(value);
  }
}

bool is_host(std::string_view text) {
  return !text.empty() && text.size() <= 253 && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '.' || c == '-' || c == '_';
  });
}

constexpr std::array<std::string_view, 4> kProxyHeaders{"X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host",
                                                        "Forwarded"};

std::optional<HostPort> parse_host_port(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = parse_u64(text.substr(colon + 1));
  if (!port || *port > 65535) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    const bool numeric =
        std::all_of(host.begin(), host.end(), [](unsigned char c) { return std::isxdigit(c) || c == ':' || c == '.'; });
    if (!numeric || host.find(':') == std::string_view::npos) return std::nullopt;
  } else if (!is_host(host)) {
    return std::nullopt;
  }
  return HostPort{std::string(host), static_cast<std::uint16_t>(*port)};
}

// A host name, an address, or either with a port.
bool is_authority(std::string_view text) {
  return is_host(text) || parse_host_port(text).has_value() || parse_host_port(std::string(text) + ":0").has_value();
}

bool is_origin(std::string_view text) {
  for (std::string_view scheme : {"http://", "https://"}) {
    if (text.starts_with(scheme)) return is_authority(text.substr(scheme.size()));
  }
  return false;
}

bool is_media_type(std::string_view text) {
  const auto parts = split(text, '/');
  const auto is_name = [](std::string_view part) {
    return !part.empty() && std::all_of(part.begin(), part.end(), [](unsigned char c) {
      return std::islower(c) || std::isdigit(c) || c == '.' || c == '+' || c == '-';
    });
  };
  return parts.size() == 2 && is_name(parts[0]) && (parts[1] == "*" || is_name(parts[1]));
}

bool is_color(std::string_view text) {
  return text.size() == 7 && text[0] == '#' &&
         std::all_of(text.begin() + 1, text.end(), [](unsigned char c) { return std::isxdigit(c); });
}

bool is_valid_string(Kind kind, std::string_view text) {
  const bool printable = is_valid_utf8(text) &&
                         std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  if (!printable) return false;
  switch (kind) {
    case Kind::path: return !text.empty();
    case Kind::domain: return text.empty() || is_authority(text);
    case Kind::url: return text.empty() || is_origin(text);
    case Kind::local_path: return text.empty() || (text.starts_with('/') && !text.starts_with("//"));
    case Kind::color: return is_color(text);
    default: return true;
  }
}

bool is_valid_item(Kind kind, std::string_view item) {
  switch (kind) {
    case Kind::media_types: return is_media_type(item);
    case Kind::names: return !item.empty();
    case Kind::networks: return IpNetwork::parse(item).has_value();
    case Kind::proxy_headers:
      return std::any_of(kProxyHeaders.begin(), kProxyHeaders.end(), [&](auto name) { return iequals(name, item); });
    default: return item == "*" || is_origin(item);
  }
}

std::optional<std::vector<std::string>> parse_list(Kind kind, std::string_view text) {
  std::vector<std::string> items;
  if ((kind == Kind::networks || kind == Kind::names) && text.empty()) return items;
  for (std::string_view piece : split(text, ',')) {
    const std::string_view item = trim(piece);
    if (!is_valid_item(kind, item)) return std::nullopt;
    items.emplace_back(item);
  }
  return items;
}

}  // namespace

std::string to_string(const HostPort& address) {
  if (address.is_off()) return "";
  const bool v6 = address.host.find(':') != std::string::npos;
  return (v6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

bool assign(const Setting& setting, Settings& settings, std::string_view text) {
  text = trim(text);
  return std::visit(
      [&](auto* member) {
        using T = std::remove_pointer_t<decltype(member)>;
        if constexpr (std::is_same_v<T, std::string>) {
          if (!is_valid_string(setting.kind, text)) return false;
          *member = text;
        } else if constexpr (std::is_same_v<T, bool>) {
          const auto flag = parse_flag(text);
          if (!flag) return false;
          *member = *flag;
        } else if constexpr (std::is_same_v<T, std::uint64_t> || std::is_same_v<T, std::chrono::milliseconds>) {
          const auto number = parse_number(setting.kind, text);
          if (!number || *number < setting.bounds.min || *number > setting.bounds.max) return false;
          *member = T(*number);
        } else if constexpr (std::is_same_v<T, HostPort>) {
          const auto address = text.empty() ? HostPort{} : parse_host_port(text);
          if (!address) return false;
          *member = *address;
        } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
          auto list = parse_list(setting.kind, text);
          if (!list) return false;
          *member = std::move(*list);
        } else {
          const auto words = words_of(T{});
          const auto found = std::find(words.begin(), words.end(), text);
          if (found == words.end()) return false;
          *member = static_cast<T>(found - words.begin());
        }
        return true;
      },
      setting.slot(settings));
}

std::string format(const Setting& setting, const Settings& settings) {
  // The table's accessors serve both directions; this one only reads.
  return std::visit(
      [&](const auto* member) -> std::string {
        using T = std::remove_cvref_t<decltype(*member)>;
        if constexpr (std::is_same_v<T, std::string>) {
          return *member;
        } else if constexpr (std::is_same_v<T, bool>) {
          return *member ? "true" : "false";
        } else if constexpr (std::is_same_v<T, std::uint64_t>) {
          return format_number(setting.kind, *member);
        } else if constexpr (std::is_same_v<T, std::chrono::milliseconds>) {
          return format_number(setting.kind, static_cast<std::uint64_t>(member->count()));
        } else if constexpr (std::is_same_v<T, HostPort>) {
          return to_string(*member);
        } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
          std::string text;
          for (const std::string& item : *member) text += (text.empty() ? "" : ", ") + item;
          return text;
        } else {
          return std::string(words_of(T{})[static_cast<std::size_t>(*member)]);
        }
      },
      setting.slot(const_cast<Settings&>(settings)));
}

std::string unit(const Setting& setting) {
  switch (setting.kind) {
    case Kind::text: return "text";
    case Kind::path:
    case Kind::optional_path: return "path";
    case Kind::domain: return "name";
    case Kind::url: return "URL";
    case Kind::local_path: return "path";
    case Kind::color: return "#rrggbb";
    case Kind::flag: return "true|false";
    case Kind::count: return "count";
    case Kind::minutes: return "minutes";
    case Kind::bytes: return "bytes";
    case Kind::bytes_per_second: return "bytes/s";
    case Kind::duration: return "time";
    case Kind::host_port: return "HOST:PORT";
    case Kind::media_types: return "list of types";
    case Kind::origins: return "list of origins";
    case Kind::names: return "list of names";
    case Kind::networks: return "list of networks";
    case Kind::proxy_headers: return "list of headers";
    case Kind::choice: break;
  }
  Settings settings;
  std::string text;
  std::visit(
      [&](auto* member) {
        using T = std::remove_pointer_t<decltype(member)>;
        if constexpr (std::is_enum_v<T>) {
          for (std::string_view word : words_of(T{})) text += (text.empty() ? "" : "|") + std::string(word);
        }
      },
      setting.slot(settings));
  return text;
}

std::string range_text(const Setting& setting) {
  if (setting.bounds.max == 0) return {};
  return format_number(setting.kind, setting.bounds.min) + " to " + format_number(setting.kind, setting.bounds.max);
}

std::string valid_values(const Setting& setting) {
  const std::string example = setting.fallback.empty() ? "" : ", for example " + std::string(setting.fallback);
  switch (setting.kind) {
    case Kind::text: return "printable UTF-8 text" + example;
    case Kind::path: return "a path" + example;
    case Kind::optional_path: return "a path, or nothing";
    case Kind::domain: return "a host name such as media.example.com, or nothing";
    case Kind::url: return "scheme and host without a path, such as https://media.example.com, or nothing";
    case Kind::local_path: return "a path on the same host such as /logo.svg, or nothing";
    case Kind::color: return "a colour as # and six hex digits" + example;
    case Kind::flag: return "true or false";
    case Kind::count: return "a whole number from " + range_text(setting) + example;
    case Kind::minutes: return "whole minutes from " + range_text(setting) + example;
    case Kind::bytes: return "a size from " + range_text(setting) + example;
    case Kind::bytes_per_second: return "a size per second from " + range_text(setting) + example;
    case Kind::duration: return "a time with its unit (ms, s, min, h, d) from " + range_text(setting) + example;
    case Kind::host_port: return "HOST:PORT with a port up to 65535, or nothing" + example;
    case Kind::media_types: return "content types separated by commas" + example;
    case Kind::names: return "names separated by commas, such as project, customer_id";
    case Kind::origins: return "* or origins such as https://example.com separated by commas";
    case Kind::networks: return "addresses or networks such as 10.0.0.0/8 and fd00::/8 separated by commas, or nothing";
    case Kind::proxy_headers:
      return "X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host, Forwarded, or some of them";
    case Kind::choice: return "one of " + unit(setting);
  }
  return {};
}

}  // namespace stile::app
