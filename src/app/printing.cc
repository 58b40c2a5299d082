#include "app/printing.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdint>
#include <cstdio>

#include "base/visible.h"

namespace stile::app {

int complain(const std::string& words) {
  fmt::print(stderr, "stile: {}\n", words);
  return 1;
}

int complain(const Error& error) {
  return complain(error.message.empty() ? std::string(to_string(error.code)) + ": " + error.cause : error.message);
}

std::string printable(std::string_view text) {
  std::string safe;
  while (!text.empty()) {
    const Character next = first_character(text);
    if (next.visible)
      safe += text.substr(0, next.bytes);
    else if (next.code == U'\n')
      safe += "\\n";
    else if (next.code < 0x100)
      safe += fmt::format("\\x{:02x}", static_cast<std::uint32_t>(next.code));
    else
      safe += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(next.code));
    text.remove_prefix(next.bytes);
  }
  return safe;
}

std::string printable_json(std::string_view text) {
  std::string safe;
  while (!text.empty()) {
    const Character next = first_character(text);
    if (next.visible)
      safe += text.substr(0, next.bytes);
    else
      safe += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(next.code));
    text.remove_prefix(next.bytes);
  }
  return safe;
}

void print_facts(const boost::json::object& facts, Output output) {
  if (output == Output::json) {
    fmt::print("{}\n", printable_json(boost::json::serialize(facts)));
    return;
  }
  for (const auto& [name, value] : facts) {
    const std::string key(name);
    fmt::print("{:<20} {}\n", key, value.is_string() ? printable(value.as_string()) : boost::json::serialize(value));
  }
}

void print_list(const boost::json::array& list, Output output) {
  if (output == Output::json) {
    fmt::print("{}\n", printable_json(boost::json::serialize(list)));
    return;
  }
  for (const auto& one : list) {
    print_facts(one.as_object(), output);
    fmt::print("\n");
  }
}

std::string iso_time(WallTime time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(epoch_seconds(time))));
}

}  // namespace stile::app
