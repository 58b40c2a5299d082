// What all pages share: the head, the site's name on top, the line at the bottom, and filling words.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace stile::web {

struct Site {
  std::string_view name;          // may be empty
  std::string_view accent_color;  // "#rrggbb" or ignored
  std::string_view logo_url;      // same-origin path or empty
};

enum class Tail { none, says_where_files_go };

// The document around `main_html`, which is trusted markup. `title` and `json` are plain; both are made safe here.
std::string document(const Site& site, std::string_view title, std::string_view json, std::string_view main_html,
                     Tail tail);

// An icon of icons.svg, hidden from screen readers.
std::string icon(std::string_view name);
// A panel with an icon, a heading and a paragraph; heading and markup must be safe already.
std::string notice(std::string_view tone, std::string_view icon_name, std::string_view heading_html,
                   std::string_view text_html);

// Replaces each {name} of the pattern that is given; the values go in as they are.
std::string fill(std::string_view pattern, std::initializer_list<std::pair<std::string_view, std::string_view>> values);

// "3.5 GB" in steps of 1024; whole numbers without a fraction. Rounded down, so that a limit promises no more than it
// keeps.
std::string human_bytes(std::uint64_t bytes);
// "24 November 2026, 18:00 UTC"; the page's script puts it into the reader's own time zone and language.
std::string human_time(std::int64_t epoch_seconds);
// "2026-11-24T18:00:00Z"
std::string iso_time(std::int64_t epoch_seconds);

// A JSON string literal that is also safe inside <script>: '<', '>', '&' and the line separators are \u escapes.
std::string json_string(std::string_view text);

bool is_hex_color(std::string_view text);  // "#rrggbb"

}  // namespace stile::web
