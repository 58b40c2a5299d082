#include "auth/level.h"

#include <array>

namespace stile::auth {
namespace {

constexpr std::array<std::string_view, 6> kNames{"none", "anonymous", "read", "write", "admin", "super"};

}  // namespace

std::string_view level_name(Level level) { return kNames[static_cast<std::size_t>(level)]; }

std::optional<Level> parse_level(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == name) return static_cast<Level>(i);
  return std::nullopt;
}

}  // namespace stile::auth
