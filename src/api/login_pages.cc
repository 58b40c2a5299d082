// AccountPages: logging in and out.
#include "api/account_pages.h"
#include "api/passwords.h"
#include "api/web_session.h"
#include "base/text.h"

namespace stile::api {
namespace {

constexpr Milliseconds kFormLife{3'600'000};
constexpr std::size_t kMaxLogin = 200;

using Trouble = web::LoginTrouble;

}  // namespace

io::Task<Result<std::optional<AccountPages::Visitor>>> AccountPages::visitor(const http::RequestHead& head) const {
  auto cookie = cookie_of(head, Cookie::session);
  if (!cookie) co_return std::nullopt;
  const auto session = co_await services_.logins.find_session(kept_of(*cookie), clock_.wall_now());
  if (!session) co_return fail(session.error());
  if (!session->has_value() || (*session)->user_id == 0) co_return std::nullopt;
  auto user = co_await services_.library.find_user((*session)->user_id);
  if (!user) co_return fail(user.error());
  if (!user->has_value()) co_return std::nullopt;
  co_return Visitor{std::move(*cookie), std::move(**user)};
}

io::Task<http::Reply> AccountPages::show_login(const http::Request& request, const Params& query) {
  const auto who = co_await visitor(request.head);
  if (!who) co_return trouble(request, who.error());
  if (who->has_value()) {
    const std::string key = form_key((*who)->cookie_value);
    co_return page(200, web::render_account_page({.site = site(), .user_name = (*who)->user.name, .form_key = key}));
  }
  co_return login_form(request, 200, "", query.get_or("oauth_token", ""), Trouble::none, "");
}

http::Reply AccountPages::login_form(const http::Request& request, int status, std::string_view application,
                                     std::string_view oauth_token, Trouble trouble, std::string_view login) {
  const auto shown = cookie_of(request.head, Cookie::form);
  const std::string cookie = shown ? *shown : make_cookie_value(services_.random);
  const auto wait = std::chrono::ceil<std::chrono::minutes>(services_.rules.login.throttle.window);
  http::Reply reply = page(status, web::render_login_page({.site = site(),
                                                           .application = application,
                                                           .login = login,
                                                           .trouble = trouble,
                                                           .wait_minutes = wait.count(),
                                                           .form_key = form_key(cookie),
                                                           .oauth_token = oauth_token}));
  set_cookie(reply, Cookie::form, cookie, kFormLife, request.head.scheme);
  return reply;
}

io::Task<http::Reply> AccountPages::log_in(const http::Request& request, const Params& form) {
  const auto cookie = cookie_of(request.head, Cookie::form);
  if (!cookie || !form_key_fits(form.get_or("key", ""), *cookie)) co_return stale(form);
  std::string login(trim(form.get_or("login", "")));
  std::string password(form.get_or("password", ""));
  const std::string oauth_token(form.get_or("oauth_token", ""));
  const auto application = co_await who_asks(oauth_token);
  if (!application) co_return trouble(request, application.error());
  const auto again = [&](int status, Trouble why) {
    return login_form(request, status, *application, oauth_token, why, login.size() <= kMaxLogin ? login : "");
  };
  if (login.size() > kMaxLogin || password.size() > auth::kMaxPassword) co_return again(403, Trouble::wrong);
  if (!throttle_.admit(login, request.peer)) {
    http::Reply reply = again(429, Trouble::too_often);
    const auto window = std::chrono::ceil<Seconds>(services_.rules.login.throttle.window);
    reply.set("Retry-After", std::to_string(window.count()));
    co_return reply;
  }
  const auto user = co_await judge(login, std::move(password), request.peer);
  if (!user && user.error().code == Errc::busy) co_return again(503, Trouble::busy);
  if (!user) co_return trouble(request, user.error());
  if (!user->has_value()) {
    wrong_passwords_.add();
    co_return again(403, Trouble::wrong);
  }
  co_return co_await start_session(request, form, **user);
}

io::Task<Result<std::optional<catalog::User>>> AccountPages::judge(std::string login, std::string password,
                                                                   std::string peer) {
  auto user = co_await services_.library.find_user_by_login(login);
  const auto fits =
      user ? co_await services_.passwords->check(std::move(password), user->has_value() ? (*user)->password_hash : "")
           : Result<bool>(fail(user.error()));
  if (!fits) {
    throttle_.settle(login, peer, auth::LoginThrottle::Verdict::not_judged);
    co_return fail(fits.error());
  }
  if (!*fits) co_return std::nullopt;
  throttle_.settle(login, peer, auth::LoginThrottle::Verdict::good);
  co_return std::move(*user);
}

io::Task<http::Reply> AccountPages::start_session(const http::Request& request, const Params& form,
                                                  const catalog::User& user) {
  const Milliseconds life = services_.rules.login.session_life;
  const NewSession made = make_session(services_.random, user.user_id, clock_.wall_now(), life);
  const auto added = co_await services_.logins.add_session(made.record);
  if (!added) co_return trouble(request, added.error());
  if (const auto before = cookie_of(request.head, Cookie::session)) {
    const auto ended = co_await services_.logins.end_session(kept_of(*before));
    if (!ended) co_return trouble(request, ended.error());
  }
  http::Reply reply = see_other(login_target(form.get_or("oauth_token", "")));
  set_cookie(reply, Cookie::session, made.cookie_value, life, request.head.scheme);
  remove_cookie(reply, Cookie::form, request.head.scheme);
  co_return reply;
}

io::Task<http::Reply> AccountPages::log_out(const http::Request& request, const Params& form) {
  http::Reply reply = see_other(login_target(form.get_or("oauth_token", "")));
  const auto cookie = cookie_of(request.head, Cookie::session);
  if (!cookie) co_return reply;  // already
  if (!form_key_fits(form.get_or("key", ""), *cookie)) co_return stale(form);
  const auto ended = co_await services_.logins.end_session(kept_of(*cookie));
  if (!ended) co_return trouble(request, ended.error());
  remove_cookie(reply, Cookie::session, request.head.scheme);
  co_return reply;
}

}  // namespace stile::api
