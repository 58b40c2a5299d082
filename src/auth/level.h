// The names of the permission levels, and who is calling. Source: spec/api.md 2.1.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "catalog/records.h"

namespace stile::auth {

using catalog::Level;

// "none", "anonymous", "read", "write", "admin", "super": what every reply reports.
std::string_view level_name(Level level);
// The level with exactly that name (lower case); nullopt for anything else.
std::optional<Level> parse_level(std::string_view name);

// Who sent a request, once its credentials were judged.
struct Caller {
  Level level = Level::anonymous;
  std::int64_t user_id = 0;  // 0: nobody in particular
  bool operator==(const Caller&) const = default;

  bool may(Level required) const { return level >= required; }
};

}  // namespace stile::auth
