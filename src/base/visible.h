// Which characters of a stranger's text may be shown as they are, to people and on terminals.
//
// Not those that command a terminal (C0, DEL, C1), that end a line (U+2028, U+2029), that turn the direction of what
// stands beside them (Unicode's bidirectional controls: "photo<U+202E>gpj.exe" reads as "photoexe.jpg") or that nobody
// sees (a zero-width space, a byte order mark). Pure; takes any bytes.
#pragma once

#include <cstddef>
#include <string_view>

namespace stile {

struct Character {
  std::size_t bytes = 1;
  char32_t code = 0;  // of a byte that is no UTF-8: that byte
  bool visible = false;
};

// The one at the front of `text`, which is not empty. What is not valid UTF-8 is one byte long and not visible.
Character first_character(std::string_view text);

}  // namespace stile
