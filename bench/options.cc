#include "options.h"

#include <charconv>
#include <stdexcept>
#include <string_view>

namespace bench {
namespace {

template <class Number>
Number parse_number(std::string_view name, std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size())
    throw std::invalid_argument(std::string(name) + " needs a number");
  return number;
}

}  // namespace

Options parse_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i], value = argv[i + 1];
    if (name == "--kind")
      options.kind = value;
    else if (name == "--port")
      options.port = parse_number<int>(name, value);
    else if (name == "--tls")
      options.tls = parse_number<int>(name, value) != 0;
    else if (name == "--connections")
      options.connections = parse_number<int>(name, value);
    else if (name == "--chunk-bytes")
      options.chunk_bytes = parse_number<std::uint64_t>(name, value);
    else if (name == "--total-bytes")
      options.total_bytes = parse_number<std::uint64_t>(name, value);
    else if (name == "--uploads")
      options.uploads = parse_number<std::uint64_t>(name, value);
    else if (name == "--first")
      options.first = parse_number<std::uint64_t>(name, value);
    else if (name == "--requests")
      options.requests = parse_number<std::uint64_t>(name, value);
    else if (name == "--target")
      options.target = value;
    else if (name == "--identifier")
      options.identifier = value;
    else if (name == "--token")
      options.tokens.emplace_back(value);
    else if (name == "--rate")
      options.rate = parse_number<double>(name, value);
    else if (name == "--last-byte-after-ms")
      options.last_byte_after_ms = parse_number<int>(name, value);
    else if (name == "--hold")
      options.hold = parse_number<int>(name, value) != 0;
    else if (name == "--stall-seconds")
      options.stall_seconds = parse_number<int>(name, value);
    else
      throw std::invalid_argument("unknown option " + std::string(name));
  }
  if (argc % 2 == 0) throw std::invalid_argument("every option needs a value");
  if (options.connections < 1 || options.uploads < 1) throw std::invalid_argument("nothing to do with none of them");
  return options;
}

}  // namespace bench
