#include "app/printing.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>

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
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : '\0');
    const bool c1 = byte == 0xc2 && next >= 0x80 && next < 0xa0;  // U+0080 to U+009F command terminals, too
    if (text[i] == '\n')
      safe += "\\n";
    else if (byte < 0x20 || byte == 0x7f)
      safe += fmt::format("\\x{:02x}", byte);
    else if (c1)
      safe += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[++i]));
    else
      safe += text[i];
  }
  return safe;
}

void print_facts(const boost::json::object& facts, Output output) {
  if (output == Output::json) {
    fmt::print("{}\n", boost::json::serialize(facts));
    return;
  }
  for (const auto& [name, value] : facts) {
    const std::string key(name);
    fmt::print("{:<20} {}\n", key, value.is_string() ? printable(value.as_string()) : boost::json::serialize(value));
  }
}

void print_list(const boost::json::array& list, Output output) {
  if (output == Output::json) {
    fmt::print("{}\n", boost::json::serialize(list));
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
