// Small pages with one message: the front door (GET /), and what somebody without scripts is told.
//
// Shape: pure text, escaped here; send them with page_headers().
#pragma once

#include <string>

namespace stile::web {

enum class Tone { plain, good, bad };

struct MessagePage {
  Tone tone = Tone::plain;
  std::string heading;
  std::string text;
  std::string link_url;  // empty: no link
  std::string link_text;
  // Of the site
  std::string site_name;
  std::string accent_color;
  std::string logo_url;
};

std::string render_message_page(const MessagePage& page);
// Says that a personal link is needed; tells nothing else about the server.
std::string render_home_page(const std::string& site_name, const std::string& accent_color = {},
                             const std::string& logo_url = {});

}  // namespace stile::web
