#include "web/document.h"

#include <array>
#include <chrono>
#include <cstdio>

#include "base/text.h"
#include "web/assets.h"
#include "web/upload_page.h"
#include "web/words.h"

namespace stile::web {

namespace {

std::chrono::sys_seconds to_time(std::int64_t epoch) { return std::chrono::sys_seconds(std::chrono::seconds(epoch)); }

std::string header(const Site& site) {
  std::string name = escape_markup(site.name);
  if (!site.logo_url.empty())
    return "<header class=\"site\"><img class=\"logo\" src=\"" + escape_markup(site.logo_url) + "\" alt=\"" + name +
           "\"></header>\n";
  if (!name.empty()) return "<header class=\"site\"><span class=\"site-name\">" + name + "</span></header>\n";
  return "<header class=\"site\"></header>\n";
}

// "https://host:port" and nothing that could end the directive or add another.
bool is_plain_origin(std::string_view text) {
  if (!text.starts_with("https://") && !text.starts_with("http://")) return false;
  return text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-:/[]") == text.npos;
}

}  // namespace

std::string document(const Site& site, std::string_view title, std::string_view json, std::string_view main_html,
                     Tail tail) {
  std::string_view site_name = site.name.empty() ? words::site_fallback : site.name;
  std::string html = "<!doctype html>\n<html lang=\"";
  html.append(words::lang).append("\" dir=\"").append(words::dir);
  html +=
      "\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1, viewport-fit=cover\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"robots\" content=\"noindex, nofollow\">\n";
  if (is_hex_color(site.accent_color))
    html.append("<meta name=\"theme-color\" content=\"").append(site.accent_color).append("\">\n");
  html += "<title>" + escape_markup(fill(words::page_title, {{"title", title}, {"site", site_name}})) + "</title>\n";
  html.append("<link rel=\"icon\" type=\"image/svg+xml\" href=\"")
      .append(asset_named("favicon.svg").path)
      .append("\">\n");
  html.append("<link rel=\"stylesheet\" href=\"").append(asset_named("upload.css").path).append("\">\n");
  if (!json.empty()) {
    html.append("<script type=\"application/json\" id=\"stile\">").append(json).append("</script>\n");
    html.append("<script src=\"").append(asset_named("upload.js").path).append("\" defer></script>\n");
  }
  html.append("</head>\n<body>\n").append(asset_named("icons.svg").bytes).append("\n");
  html.append(header(site)).append("<main id=\"main\">\n").append(main_html).append("</main>\n");
  if (tail == Tail::says_where_files_go && !site.name.empty())
    html += "<footer>" + fill(words::footer, {{"site", escape_markup(site.name)}}) + "</footer>\n";
  return html + "</body>\n</html>\n";
}

std::string icon(std::string_view name) {
  return "<svg class=\"icon\" aria-hidden=\"true\" focusable=\"false\"><use href=\"#i-" + std::string(name) +
         "\"/></svg>";
}

std::string notice(std::string_view tone, std::string_view icon_name, std::string_view heading_html,
                   std::string_view text_html) {
  std::string html = "<section class=\"notice ";
  html.append(tone).append("\">\n<span class=\"medal\">").append(icon(icon_name)).append("</span>\n<h1>");
  html.append(heading_html).append("</h1>\n<p>").append(text_html).append("</p>\n</section>\n");
  return html;
}

std::string fill(std::string_view pattern,
                 std::initializer_list<std::pair<std::string_view, std::string_view>> values) {
  std::string out;
  while (!pattern.empty()) {
    std::size_t open = pattern.find('{');
    std::size_t close = open == pattern.npos ? open : pattern.find('}', open);
    if (close == pattern.npos) break;
    out += pattern.substr(0, open);
    std::string_view name = pattern.substr(open + 1, close - open - 1);
    std::string_view value = pattern.substr(open, close - open + 1);  // unknown names stay as they are
    for (const auto& [key, text] : values)
      if (key == name) value = text;
    out += value;
    pattern.remove_prefix(close + 1);
  }
  return out.append(pattern);
}

std::string human_bytes(std::uint64_t bytes) {
  constexpr std::array kUnits{words::unit_b, words::unit_kb, words::unit_mb, words::unit_gb, words::unit_tb};
  std::size_t unit = 0;
  std::uint64_t scale = 1;
  while (unit + 1 < kUnits.size() && bytes / scale >= 1024) {
    scale *= 1024;
    ++unit;
  }
  std::string number = std::to_string(bytes / scale);
  std::uint64_t tenth = (bytes % scale) * 10 / scale;
  if (tenth > 0 && bytes / scale < 100) number += '.' + std::to_string(tenth);
  return fill(kUnits[unit], {{"n", number}});
}

std::string human_time(std::int64_t epoch_seconds) {
  constexpr std::array kMonths{"January", "February", "March",     "April",   "May",      "June",
                               "July",    "August",   "September", "October", "November", "December"};
  auto time = to_time(epoch_seconds);
  auto day = std::chrono::floor<std::chrono::days>(time);
  std::chrono::year_month_day date(day);
  std::chrono::hh_mm_ss clock(time - day);
  char text[64];
  std::snprintf(text, sizeof text, "%u %s %d, %02d:%02d UTC", unsigned(date.day()), kMonths[unsigned(date.month()) - 1],
                int(date.year()), int(clock.hours().count()), int(clock.minutes().count()));
  return text;
}

std::string iso_time(std::int64_t epoch_seconds) {
  auto time = to_time(epoch_seconds);
  auto day = std::chrono::floor<std::chrono::days>(time);
  std::chrono::year_month_day date(day);
  std::chrono::hh_mm_ss clock(time - day);
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02dZ", int(date.year()), unsigned(date.month()),
                unsigned(date.day()), int(clock.hours().count()), int(clock.minutes().count()),
                int(clock.seconds().count()));
  return text;
}

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto c = static_cast<unsigned char>(text[i]);
    // U+2028 and U+2029 (E2 80 A8/A9) end a line in scripts of old browsers.
    bool separator =
        c == 0xe2 && i + 2 < text.size() && text[i + 1] == '\x80' && (text[i + 2] == '\xa8' || text[i + 2] == '\xa9');
    if (separator) {
      out += text[i + 2] == '\xa8' ? "\\u2028" : "\\u2029";
      i += 2;
    } else if (c < 0x20 || c == 0x7f || c == '<' || c == '>' || c == '&' || c == '"' || c == '\\') {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", c);
      out += escape;
    } else {
      out += text[i];
    }
  }
  return out + '"';
}

bool is_hex_color(std::string_view text) {
  return text.size() == 7 && text[0] == '#' && text.find_first_not_of("0123456789abcdefABCDEF", 1) == text.npos;
}

std::vector<std::pair<std::string, std::string>> page_headers(std::string_view form_action_origin) {
  std::string form_action = "'self'";
  if (is_plain_origin(form_action_origin)) form_action.append(" ").append(form_action_origin);
  return {
      {"Content-Security-Policy",
       "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
       "connect-src 'self'; form-action " +
           form_action + "; base-uri 'none'; frame-ancestors 'none'"},
      {"Content-Type", "text/html; charset=utf-8"},
      {"Cache-Control", "no-store"},  // it says how many uploads are left
      {"X-Content-Type-Options", "nosniff"},
      {"Referrer-Policy", "same-origin"},  // the address is the secret; "no-referrer" would make the form's Origin null
      {"X-Robots-Tag", "noindex, nofollow"},
  };
}

}  // namespace stile::web
