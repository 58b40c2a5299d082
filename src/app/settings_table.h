// The table behind settings.h: one row per setting, and how a row's text becomes a value and back.
//
// Adding a setting: a member in settings.h, a row in settings_table.cc. The file, environment, flags and documentation
// follow.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "app/settings.h"

namespace stile::app {

// The member of a Settings that a row fills.
using Slot = std::variant<std::string*, bool*, std::uint64_t*, std::chrono::milliseconds*, HostPort*,
                          std::vector<std::string>*, Durability*, LogLevel*, LogFormat*, MetricsAccess*>;

// What text a setting takes. The kinds of one C++ type differ in what they let pass.
enum class Kind {
  text,              // string, any printable text
  path,              // string, not empty
  optional_path,     // string
  domain,            // string, empty or a host name
  url,               // string, empty or scheme://host[:port]
  local_path,        // string, empty or a path on this host
  color,             // string, #rrggbb
  flag,              // bool
  count,             // uint64_t
  minutes,           // uint64_t
  bytes,             // uint64_t
  bytes_per_second,  // uint64_t
  duration,          // milliseconds
  host_port,         // HostPort, may be off
  media_types,       // list
  origins,           // list
  names,             // list, may be empty; settings.cc looks what they are called
  networks,          // list, may be empty
  proxy_headers,     // list
  choice,            // one of the words of an enum
};

// Inclusive; in bytes, milliseconds or as counted.
struct Bounds {
  std::uint64_t min = 0;
  std::uint64_t max = 0;
};

struct Setting {
  std::string_view name;  // "section.key"
  Slot (*slot)(Settings&);
  Kind kind;
  std::string_view fallback;         // the default, as it would be written in the file
  Bounds bounds;                     // for numbers only
  std::string_view meaning;          // one sentence
  std::string_view why;              // why this default
  std::string_view short_flag = {};  // "--listen"

  std::string_view section() const { return name.substr(0, name.find('.')); }
  std::string_view key() const { return name.substr(name.find('.') + 1); }
};

// In the order of the documentation; the settings of a section stand together.
std::span<const Setting> settings_table();
// nullptr when there is no setting of that name.
const Setting* find_setting(std::string_view name);

std::string env_name(const Setting& setting);   // "STILE_SERVER_LISTEN"
std::string flag_name(const Setting& setting);  // "--server-listen"

// Parses `text` into the setting's member; false (and no change) when it is not valid.
bool assign(const Setting& setting, Settings& settings, std::string_view text);
// The text that assign() would read back to the same value.
std::string format(const Setting& setting, const Settings& settings);
// "HOST:PORT", "bytes", "chunk|file|none": for tables and `--help`.
std::string unit(const Setting& setting);
// What would be valid, to follow "give " in a message: "a size from 4 KiB to 16 MiB, for example 256 KiB".
std::string valid_values(const Setting& setting);
// "4 KiB to 16 MiB", or empty where there is no range.
std::string range_text(const Setting& setting);

}  // namespace stile::app
