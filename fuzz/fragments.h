// How a fuzz target cuts its input into pieces: at random, but always alike for the same input, so that seeds stay
// plain text and a failure repeats itself.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/crc32.h"

namespace stile::fuzz {

inline std::string_view as_text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// Takes the first line off: for targets with several inputs. The LF is dropped; without one it is all of `text`.
inline std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

class Fragments {
 public:
  explicit Fragments(std::string_view input) : state_(crc32_update(0, as_bytes(input)) | 1) {}

  // The size of the next piece: mostly a few bytes, at times many; never more than `left`, and 0 only for 0.
  std::size_t next(std::size_t left) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    const std::uint64_t draw = state_ >> 33;
    return std::min<std::size_t>(left, 1 + (draw % 8 == 0 ? draw / 8 % 300 : draw / 8 % 9));
  }

 private:
  std::uint64_t state_;
};

}  // namespace stile::fuzz
