// Sizes as people read them: "5 MB", "1.5 GB". A unit is 1024 of the one before, as everywhere on the pages; figures
// are rounded down, so that what is said to fit does.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace stile {

inline std::string human_size(std::uint64_t bytes) {
  constexpr std::array kUnits{"bytes", "KB", "MB", "GB", "TB"};
  std::size_t unit = 0;
  std::uint64_t scale = 1;
  while (unit + 1 < kUnits.size() && bytes / scale >= 1024) {
    scale *= 1024;
    ++unit;
  }
  std::string text = std::to_string(bytes / scale);
  const std::uint64_t tenth = bytes % scale * 10 / scale;
  if (tenth > 0 && bytes / scale < 100) text += "." + std::to_string(tenth);
  return text + " " + kUnits[unit];
}

}  // namespace stile
