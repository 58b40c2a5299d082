#include "web/message_page.h"

#include "base/text.h"
#include "web/document.h"
#include "web/words.h"

namespace stile::web {

namespace {

std::string render(const MessagePage& page, std::string_view icon_name) {
  std::string_view tone = page.tone == Tone::good ? "good" : page.tone == Tone::bad ? "bad" : "plain";
  std::string text = escape_markup(page.text);
  std::string html = notice(tone, icon_name, escape_markup(page.heading), text);
  if (!page.link_url.empty()) {
    html += "<p class=\"after\"><a class=\"button\" href=\"" + escape_markup(page.link_url) + "\">" +
            escape_markup(page.link_text) + "</a></p>\n";
  }
  // The script has nothing to do here but the accent colour.
  std::string json = "{\"accent_color\":" + json_string(page.accent_color) + "}";
  return document({page.site_name, page.accent_color, page.logo_url}, page.heading, json, html, Tail::none);
}

}  // namespace

std::string render_message_page(const MessagePage& page) {
  return render(page, page.tone == Tone::good ? "check" : page.tone == Tone::bad ? "warn" : "link");
}

std::string render_home_page(const std::string& site_name, const std::string& accent_color,
                             const std::string& logo_url) {
  return render({.heading = std::string(words::home_title),
                 .text = std::string(words::home_text),
                 .link_url = {},
                 .link_text = {},
                 .site_name = site_name,
                 .accent_color = accent_color,
                 .logo_url = logo_url},
                "link");
}

}  // namespace stile::web
