// A check of options that are a count or an id: digits, from 1 on. (CLI11's own says the limits of a double.)
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "base/text.h"

namespace stile::app {

inline CLI::Validator whole_number_from_one() {
  return {[](const std::string& text) {
            const auto number = parse_i64(text);
            return number && *number >= 1 ? std::string() : "must be a whole number, 1 or more, not \"" + text + "\"";
          },
          ""};
}

}  // namespace stile::app
