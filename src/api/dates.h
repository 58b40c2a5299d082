// Dates as the API reads and writes them. All are UTC. Source: spec/api.md 3.1, 3.8, 3.10.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace stile::api {

// "YYYY-MM-DD", "YYYY-MM-DD HH:MM[:SS]" and ISO 8601 ("2026-01-31T12:00:00.5+02:00", "…Z"); without an offset: UTC.
// Years 1970 to 9999. Fractions of a second are dropped. nullopt for anything else, impossible dates included.
std::optional<WallTime> parse_date(std::string_view text);

// "YYYY-MM-DD HH:MM:SS"
std::string ansi_date(WallTime time);
// "November 05, 2012" and "04:31 PM"
std::string pretty_date(WallTime time);
std::string pretty_time(WallTime time);

}  // namespace stile::api
