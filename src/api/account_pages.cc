#include "api/account_pages.h"

#include "api/small_form.h"
#include "dialects/answers.h"
#include "web/message_page.h"
#include "web/words.h"

namespace stile::api {
namespace {

constexpr std::string_view kLogin = "/login";
constexpr std::string_view kLogout = "/logout";
constexpr std::string_view kAuthorize = "/oauth/authorize";

http::Reply not_that_method(std::string allowed) {
  http::Reply reply = http::plain_reply(405, "This address does not understand that method\n");
  reply.set("Allow", std::move(allowed));
  return reply;
}

}  // namespace

bool AccountPages::serves(std::string_view path) { return path == kLogin || path == kLogout || path == kAuthorize; }

io::Task<http::Reply> AccountPages::handle(http::Request& request) {
  const http::RequestHead& head = request.head;
  const bool reads = head.method == "GET" || head.method == "HEAD";
  if (!reads && head.method != "POST")
    co_return not_that_method(head.path == kLogout ? "POST, OPTIONS" : "GET, HEAD, POST, OPTIONS");
  if (reads) {
    if (head.path == kLogout) co_return not_that_method("POST, OPTIONS");
    const auto query = parse_form(head.query, kMaxSmallFields);
    if (!query) co_return trouble(request, query.error());
    co_return head.path == kLogin ? co_await show_login(request, *query) : co_await show_question(request, *query);
  }
  const auto form = co_await read_small_form(request);
  if (!form) co_return trouble(request, form.error());
  if (head.path == kLogin) co_return co_await log_in(request, *form);
  if (head.path == kLogout) co_return co_await log_out(request, *form);
  co_return co_await answer_question(request, *form);
}

web::Site AccountPages::site() const { return {services_.site.site_name, look_.accent, look_.logo}; }

http::Reply AccountPages::page(int status, std::string html, std::string_view goes_to) const {
  http::Reply reply = http::text_reply(status, "text/html; charset=utf-8", std::move(html));
  for (auto& [name, value] : web::account_page_headers(goes_to)) reply.set(std::move(name), std::move(value));
  return reply;
}

http::Reply AccountPages::message(int status, std::string_view heading, std::string_view text, std::string link) const {
  web::MessagePage told;
  told.tone = status == 200 ? web::Tone::plain : web::Tone::bad;
  told.heading = heading;
  told.text = text;
  told.link_url = std::move(link);
  told.link_text = web::words::try_again;
  told.site_name = services_.site.site_name;
  told.accent_color = look_.accent;
  told.logo_url = look_.logo;
  return page(status, web::render_message_page(told));
}

http::Reply AccountPages::stale(const Params& form) const {
  return message(403, web::words::stale_title, web::words::stale_text, login_target(form.get_or("oauth_token", "")));
}

http::Reply AccountPages::trouble(const http::Request& request, const Error& error) const {
  Call call;
  call.endpoint = request.head.path;
  call.request_id = request.id;
  if (services_.on_trouble) services_.on_trouble(call, error);
  return http::plain_reply(is_temporary(error.code) ? 503 : 400, dialects::words_of(error) + "\n");
}

std::string login_target(std::string_view oauth_token) {
  if (oauth_token.empty()) return std::string(kLogin);
  return std::string(kAuthorize) + "?oauth_token=" + percent_encode(oauth_token);
}

http::Reply see_other(std::string location) {
  http::Reply reply = http::plain_reply(303, "Go on\n");
  reply.set("Location", std::move(location)).set("Cache-Control", "no-store").set("Referrer-Policy", "no-referrer");
  return reply;
}

}  // namespace stile::api
