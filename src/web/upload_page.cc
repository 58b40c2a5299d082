#include "web/upload_page.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/text.h"
#include "web/document.h"
#include "web/words.h"

namespace stile::web {

namespace {

std::string_view state_name(LinkState state) {
  switch (state) {
    case LinkState::ready: return "ready";
    case LinkState::used_up: return "used_up";
    case LinkState::expired: return "expired";
    case LinkState::revoked: return "revoked";
    case LinkState::unknown: return "unknown";
  }
  return "unknown";
}

struct Kind {
  std::string_view prefix, wildcard, word;
};
constexpr std::array kKinds{Kind{"image/", "image/*", words::kind_image}, Kind{"video/", "video/*", words::kind_video},
                            Kind{"audio/", "audio/*", words::kind_audio}};

bool accepts(const UploadPageData& data, const Kind& kind) {
  if (data.accepted_types.empty()) return true;
  return std::ranges::any_of(data.accepted_types,
                             [&](const std::string& type) { return type.starts_with(kind.prefix); });
}

// Pickers know fewer types than the server does, and grey out the rest; so a kind of which any type is accepted is
// offered whole, and the server, which looks at the content, has the last word. A phone offers its camera for these,
// too.
std::string accept_attribute(const UploadPageData& data) {
  std::string text;
  for (const Kind& kind : kKinds)
    if (accepts(data, kind)) text.append(text.empty() ? "" : ",").append(kind.wildcard);
  return text;
}

// "photos, videos and audio"
std::string accepted_kinds(const UploadPageData& data) {
  std::vector<std::string_view> kinds;
  for (const Kind& kind : kKinds)
    if (accepts(data, kind)) kinds.push_back(kind.word);
  if (kinds.empty()) return std::string(words::kind_other);
  std::string list(kinds.front());
  for (std::size_t i = 1; i + 1 < kinds.size(); ++i) list.append(words::list_comma).append(kinds[i]);
  if (kinds.size() == 1) return list;
  return fill(words::list_and, {{"list", list}, {"last", kinds.back()}});
}

std::string sentence_case(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

std::string time_element(std::int64_t epoch) {
  return "<time datetime=\"" + iso_time(epoch) + "\">" + human_time(epoch) + "</time>";
}

std::string how_many(const UploadPageData& data) {
  if (data.max_uploads <= 1) return std::string(words::fact_one_file);
  bool all = data.uploads_left >= data.max_uploads;
  bool one = data.uploads_left == 1;
  std::string_view pattern = all   ? words::fact_files_other
                             : one ? words::fact_files_left_one
                                   : words::fact_files_left_other;
  return fill(pattern, {{"n", std::to_string(data.uploads_left)}});
}

// A limit that no camera reaches only frightens people.
constexpr std::uint64_t kWorthSaying = std::uint64_t{500} << 30;

std::string facts(const UploadPageData& data) {
  std::string html = "<ul class=\"facts\" aria-label=\"" + escape_markup(words::facts_label) + "\">";
  auto add = [&html](const std::string& markup) { html += "<li>" + markup + "</li>"; };
  add(escape_markup(sentence_case(accepted_kinds(data))));
  add("<span id=\"how-many\">" + escape_markup(how_many(data)) + "</span>");
  if (data.max_file_bytes > 0 && data.max_file_bytes <= kWorthSaying)
    add(escape_markup(fill(words::fact_each, {{"size", human_bytes(data.max_file_bytes)}})));
  if (data.valid_until > 0) add(fill(words::fact_until, {{"time", time_element(data.valid_until)}}));
  return html + "</ul>\n";
}

// Fields before the file: the server can then refuse early what the token does not allow.
std::string form(const UploadPageData& data) {
  bool several = data.uploads_left > 1;
  std::string html = "<form id=\"form\" method=\"post\" enctype=\"multipart/form-data\" action=\"" +
                     escape_markup(data.endpoint) + "\">\n";
  html += "<input type=\"hidden\" name=\"upload_token\" value=\"" + escape_markup(data.upload_token) + "\">\n";
  html += "<div class=\"drop\" id=\"drop\">\n<span class=\"medal\">" + icon("send") + "</span>\n";
  html.append("<label class=\"plain-label\" for=\"file\">").append(words::plain_label).append("</label>\n");
  html += "<input id=\"file\" type=\"file\" name=\"file\" required accept=\"" + escape_markup(accept_attribute(data)) +
          "\">\n";
  html.append("<button class=\"button wide plain-only\" type=\"submit\">")
      .append(words::plain_send)
      .append("</button>\n");
  html.append("<p class=\"hint plain-only\">").append(words::plain_note).append("</p>\n");
  html.append("<button class=\"button wide script-only\" type=\"button\" id=\"choose\">");
  html.append(several ? words::choose_other : words::choose_one).append("</button>\n");
  html.append("<p class=\"hint script-only mouse-only\" id=\"hint\">")
      .append(several ? words::drop_hint_other : words::drop_hint_one)
      .append("</p>\n");
  return html + "</div>\n</form>\n";
}

std::string open_link(const UploadPageData& data, std::string_view title) {
  return "<h1 id=\"title\">" + escape_markup(title) + "</h1>\n" + facts(data) + form(data);
}

std::string closed_link(const UploadPageData& data) {
  switch (data.state) {
    case LinkState::used_up: return notice("plain", "check", words::used_up_title, words::used_up_text);
    case LinkState::revoked: return notice("plain", "closed", words::revoked_title, words::revoked_text);
    case LinkState::expired:
      if (data.valid_until == 0) return notice("plain", "clock", words::expired_title, words::expired_text_plain);
      return notice("plain", "clock", words::expired_title,
                    fill(words::expired_text, {{"time", time_element(data.valid_until)}}));
    default: return notice("plain", "lost", words::unknown_title, words::unknown_text);
  }
}

std::string_view closed_title(LinkState state) {
  switch (state) {
    case LinkState::used_up: return words::used_up_title;
    case LinkState::expired: return words::expired_title;
    case LinkState::revoked: return words::revoked_title;
    default: return words::unknown_title;
  }
}

std::string to_json(const UploadPageData& data) {
  std::string types;
  for (const std::string& type : data.accepted_types) types += (types.empty() ? "" : ",") + json_string(type);
  std::string json = "{\"state\":" + json_string(state_name(data.state));
  auto text = [&json](std::string_view key, std::string_view value) {
    json.append(",\"").append(key).append("\":").append(json_string(value));
  };
  auto number = [&json](std::string_view key, const std::string& value) {
    json.append(",\"").append(key).append("\":").append(value);
  };
  text("upload_token", data.upload_token);
  text("title", data.title);
  text("endpoint", data.endpoint);
  number("uploads_left", std::to_string(data.uploads_left));
  number("max_uploads", std::to_string(data.max_uploads));
  number("max_file_bytes", std::to_string(data.max_file_bytes));
  number("valid_until", std::to_string(data.valid_until));
  number("accepted_types", "[" + types + "]");
  text("accepted_kinds", accepted_kinds(data));
  number("chunk_bytes", std::to_string(data.chunk_bytes));
  number("parallel_chunks", std::to_string(data.parallel_chunks));
  text("site_name", data.site_name);
  text("accent_color", is_hex_color(data.accent_color) ? data.accent_color : "");
  return json + "}";
}

}  // namespace

std::string render_upload_page(const UploadPageData& data) {
  Site site{data.site_name, data.accent_color, data.logo_url};
  std::string json = to_json(data);
  if (data.state != LinkState::ready)
    return document(site, closed_title(data.state), json, closed_link(data), Tail::none);
  std::string_view title = data.title.empty() ? words::default_title : std::string_view(data.title);
  return document(site, title, json, open_link(data, title), Tail::says_where_files_go);
}

}  // namespace stile::web
