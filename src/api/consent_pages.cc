// AccountPages: whether an application is let in.
#include "api/account_pages.h"
#include "api/web_session.h"
#include "auth/three_legged.h"
#include "base/text.h"
#include "notify/callback_url.h"
#include "web/words.h"

namespace stile::api {
namespace {

constexpr std::size_t kMaxToken = 128;  // ours have 27 characters

web::Rights rights_of(auth::Level level) {
  if (level >= auth::Level::admin) return web::Rights::admin;
  return level >= auth::Level::write ? web::Rights::write : web::Rights::read;
}

// "films.example.com:8443" of a checked URL.
std::string_view host_of(std::string_view url) {
  const std::size_t begin = url.find("://") + 3;
  return url.substr(begin, url.find_first_of("/?#", begin) - begin);
}

std::string callback_of(const catalog::RequestToken& request, const Params& added) {
  return auth::callback_with(notify::encode_return_url(request.callback), added);
}

bool is_out_of_band(const catalog::RequestToken& request) { return request.callback == auth::kOutOfBand; }

}  // namespace

io::Task<Result<std::optional<AccountPages::Question>>> AccountPages::question_of(std::string oauth_token) const {
  if (oauth_token.empty() || oauth_token.size() > kMaxToken) co_return std::nullopt;
  auto request = co_await services_.grants.find_request(std::move(oauth_token));
  if (!request) co_return fail(request.error());
  if (!request->has_value() || (*request)->valid_until <= clock_.wall_now() || (*request)->user_id != 0)
    co_return std::nullopt;
  auto found = co_await services_.grants.find_application((*request)->consumer_key, "");
  if (!found) co_return fail(found.error());
  if (!found->has_value() || (*found)->credentials.revoked) co_return std::nullopt;
  co_return Question{std::move(**request), std::move((*found)->credentials)};
}

io::Task<Result<std::string>> AccountPages::who_asks(std::string oauth_token) const {
  const auto question = co_await question_of(std::move(oauth_token));
  if (!question) co_return fail(question.error());
  co_return question->has_value() ? (*question)->application.name : "";
}

io::Task<http::Reply> AccountPages::show_question(const http::Request& request, const Params& query) {
  const auto question = co_await question_of(std::string(query.get_or("oauth_token", "")));
  if (!question) co_return trouble(request, question.error());
  if (!question->has_value()) co_return message(404, web::words::request_gone_title, web::words::request_gone_text);
  const auto& [asked, application] = **question;
  const auto who = co_await visitor(request.head);
  if (!who) co_return trouble(request, who.error());
  if (!who->has_value()) co_return login_form(request, 200, application.name, asked.token, web::LoginTrouble::none, "");
  const bool by_hand = is_out_of_band(asked);
  const std::string key = form_key((*who)->cookie_value);
  co_return page(200,
                 web::render_consent_page({.site = site(),
                                           .application = application.name,
                                           .user_name = (*who)->user.name,
                                           .rights = rights_of(auth::granted_level(application.level, (*who)->user)),
                                           .host = by_hand ? "" : host_of(asked.callback),
                                           .form_key = key,
                                           .oauth_token = asked.token}),
                 by_hand ? "" : std::string_view(asked.callback));
}

io::Task<http::Reply> AccountPages::answer_question(const http::Request& request, const Params& form) {
  const auto who = co_await visitor(request.head);
  if (!who) co_return trouble(request, who.error());
  if (!who->has_value() || !form_key_fits(form.get_or("key", ""), (*who)->cookie_value)) co_return stale(form);
  const auto question = co_await question_of(std::string(form.get_or("oauth_token", "")));
  if (!question) co_return trouble(request, question.error());
  if (!question->has_value()) co_return message(404, web::words::request_gone_title, web::words::request_gone_text);
  const std::string_view decision = form.get_or("decision", "");
  if (decision == "allow") co_return co_await allow(request, **question, **who);
  if (decision == "deny") co_return co_await deny(request, **question);
  co_return stale(form);
}

io::Task<http::Reply> AccountPages::allow(const http::Request& request, const Question& question, const Visitor& who) {
  const std::string verifier = auth::make_verifier(services_.random);
  const std::string& token = question.request.token;
  const auto approved =
      co_await services_.grants.approve_request(token, who.user.user_id, kept_of(verifier), clock_.wall_now());
  if (!approved && approved.error().code == Errc::not_found)
    co_return message(404, web::words::request_gone_title, web::words::request_gone_text);
  if (!approved) co_return trouble(request, approved.error());
  if (is_out_of_band(question.request))
    co_return page(200, web::render_code_page(site(), question.application.name, verifier));
  co_return see_other(callback_of(question.request, {{"oauth_verifier", verifier}, {"oauth_token", token}}));
}

io::Task<http::Reply> AccountPages::deny(const http::Request& request, const Question& question) {
  const auto dropped = co_await services_.grants.drop_request(question.request.token);
  if (!dropped) co_return trouble(request, dropped.error());
  if (!is_out_of_band(question.request))
    co_return see_other(callback_of(question.request, {{"denied", question.request.token}}));
  const std::string text = web::fill(web::words::denied_text, {{"application", question.application.name}});
  co_return message(200, web::words::denied_title, text);
}

}  // namespace stile::api
