#include "web/account_pages.h"

#include "base/text.h"
#include "web/words.h"

namespace stile::web {
namespace {

std::string hidden(std::string_view name, std::string_view value) {
  if (value.empty()) return "";
  return "<input type=\"hidden\" name=\"" + std::string(name) + "\" value=\"" + escape_markup(value) + "\">\n";
}

std::string heading(const std::string& text_html, const std::string& lead_html) {
  std::string html = "<h1>" + text_html + "</h1>\n";
  if (!lead_html.empty()) html += "<p class=\"lead\">" + lead_html + "</p>\n";
  return html;
}

std::string page_of(const Site& site, std::string_view title, const std::string& main_html) {
  // The script has nothing to do here but the accent colour.
  const std::string json = "{\"accent_color\":" + json_string(site.accent_color) + "}";
  return document(site, title, json, main_html, Tail::none);
}

std::string trouble_words(const LoginPage& page) {
  switch (page.trouble) {
    case LoginTrouble::none: return "";
    case LoginTrouble::wrong: return std::string(words::login_wrong);
    case LoginTrouble::too_often: return fill(words::login_too_often, {{"n", std::to_string(page.wait_minutes)}});
    case LoginTrouble::busy: return std::string(words::login_busy);
  }
  return "";
}

// `attributes` is trusted markup.
std::string field(std::string_view id, std::string_view label, std::string_view attributes) {
  std::string html = "<div class=\"field\"><label for=\"";
  html.append(id).append("\">").append(label).append("</label>\n<input id=\"").append(id);
  return html.append("\" name=\"").append(id).append("\" required ").append(attributes).append("></div>\n");
}

std::string right(std::string_view text) {
  return "<li>" + icon("check") + "<span>" + escape_markup(text) + "</span></li>\n";
}

}  // namespace

std::string render_login_page(const LoginPage& page) {
  const std::string lead =
      page.application.empty() ? "" : fill(words::login_lead, {{"application", escape_markup(page.application)}});
  std::string html = heading(escape_markup(words::login_title), lead);
  html += "<form class=\"account\" method=\"post\" action=\"/login\">\n";
  html += hidden("key", page.form_key) + hidden("oauth_token", page.oauth_token);
  const std::string trouble = trouble_words(page);
  if (!trouble.empty()) html += "<p class=\"wrong\" role=\"alert\" id=\"trouble\">" + escape_markup(trouble) + "</p>\n";
  const std::string described = trouble.empty() ? "" : " aria-describedby=\"trouble\"";
  html += field("login", words::login_name,
                "type=\"text\" autocomplete=\"username\" autocapitalize=\"none\" spellcheck=\"false\" value=\"" +
                    escape_markup(page.login) + "\"" + described);
  html += field("password", words::login_password, "type=\"password\" autocomplete=\"current-password\"" + described);
  html.append("<button class=\"button\" type=\"submit\">").append(words::login_button).append("</button>\n</form>\n");
  return page_of(page.site, words::login_title, html);
}

std::string render_account_page(const AccountPage& page) {
  std::string html = heading(escape_markup(words::account_title),
                             fill(words::account_text, {{"name", escape_markup(page.user_name)}}));
  html += "<form class=\"account\" method=\"post\" action=\"/logout\">\n" + hidden("key", page.form_key);
  html.append("<button class=\"button quiet\" type=\"submit\">")
      .append(words::logout_button)
      .append("</button>\n</form>\n");
  return page_of(page.site, words::account_title, html);
}

std::string render_consent_page(const ConsentPage& page) {
  const std::string application = escape_markup(page.application);
  const std::string site = escape_markup(page.site.name.empty() ? words::site_fallback : page.site.name);
  std::string html = heading(fill(words::consent_title, {{"application", application}}),
                             fill(words::consent_lead, {{"application", application}, {"site", site}}));
  html += "<ul class=\"rights\">\n" + right(words::consent_names) + right(words::consent_read);
  if (page.rights >= Rights::write) html += right(words::consent_write);
  if (page.rights >= Rights::admin) html += right(words::consent_admin);
  html += "</ul>\n<p class=\"fine-print\">";
  html += page.host.empty()
              ? escape_markup(words::consent_code)
              : fill(words::consent_goes_on, {{"host", "<strong>" + escape_markup(page.host) + "</strong>"}});
  html += "</p>\n<form class=\"account\" method=\"post\" action=\"/oauth/authorize\">\n";
  html += hidden("key", page.form_key) + hidden("oauth_token", page.oauth_token);
  html.append("<button class=\"button\" name=\"decision\" value=\"allow\">").append(words::consent_allow);
  html.append("</button>\n<button class=\"button quiet\" name=\"decision\" value=\"deny\">")
      .append(words::consent_deny);
  html += "</button>\n</form>\n<form class=\"account who\" method=\"post\" action=\"/logout\">\n";
  html += hidden("key", page.form_key) + hidden("oauth_token", page.oauth_token);
  html += "<span>" + fill(words::consent_who, {{"name", escape_markup(page.user_name)}}) + "</span>\n";
  html.append("<button class=\"link\" type=\"submit\">").append(words::consent_not_you).append("</button>\n</form>\n");
  const std::string title = fill(words::consent_title, {{"application", page.application}});
  return page_of(page.site, title, html);
}

std::string render_code_page(const Site& site, std::string_view application, std::string_view code) {
  std::string html =
      heading(escape_markup(words::code_title), fill(words::code_text, {{"application", escape_markup(application)}}));
  html.append("<output class=\"code\" id=\"verifier\" aria-label=\"").append(words::code_label).append("\">");
  html += escape_markup(code) + "</output>\n";
  return page_of(site, words::code_title, html);
}

std::vector<std::pair<std::string, std::string>> account_page_headers(std::string_view goes_to) {
  std::string targets = "'self'";
  if (goes_to.starts_with("https://")) targets += " https:";
  if (goes_to.starts_with("http://")) targets += " http: https:";
  return {
      {"Content-Security-Policy",
       "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action " + targets +
           "; base-uri 'none'; frame-ancestors 'none'"},
      {"X-Frame-Options", "DENY"},  // for browsers that do not know frame-ancestors
      {"Cache-Control", "no-store"},
      {"Referrer-Policy", "same-origin"},
      {"X-Robots-Tag", "noindex, nofollow"},
  };
}

}  // namespace stile::web
