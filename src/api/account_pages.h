// The pages of people, outside the API: /login, /logout, and /oauth/authorize, the middle of the three-legged dance.
//
//   /oauth/authorize?oauth_token=…   not logged in: the form of /login, which leads back here
//                                    logged in: what the application asks for; allow or deny
//        allow                       303 to the callback with oauth_verifier and oauth_token; "oob": a page with the
//        code deny                        303 to the callback with denied=<oauth_token>; the request token is gone
//
// Every form is known by a key that only this browser was given (web_session.h). Nobody learns whether a user exists:
// an unknown name costs the same time and gets the same words as a wrong password.
// Source: spec/api.md 2.1, 2.4.
#pragma once

#include <optional>
#include <string>

#include "api/services.h"
#include "auth/login_throttle.h"
#include "http/server.h"
#include "web/account_pages.h"

namespace stile::api {

struct PageLook {
  std::string accent;
  std::string logo;
};

class AccountPages {
 public:
  // Both outlive it.
  AccountPages(const Services& services, PageLook look, const Clock& clock)
      : services_(services), look_(std::move(look)), clock_(clock), throttle_(clock, services.rules.login.throttle) {}

  static bool serves(std::string_view path);
  io::Task<http::Reply> handle(http::Request& request);
  const auth::LoginThrottle& throttle() const { return throttle_; }
  const Counter& wrong_passwords() const { return wrong_passwords_; }

 private:
  // Who is logged in with this browser.
  struct Visitor {
    std::string cookie_value;
    catalog::User user;
  };
  // A request token that waits for an answer, and the application that asks.
  struct Question {
    catalog::RequestToken request;
    catalog::Credentials application;
  };

  // login_pages.cc
  io::Task<http::Reply> show_login(const http::Request& request, const Params& query);
  io::Task<http::Reply> log_in(const http::Request& request, const Params& form);
  io::Task<http::Reply> log_out(const http::Request& request, const Params& form);
  // The user, when name and password fit; nullopt when they do not.
  io::Task<Result<std::optional<catalog::User>>> judge(std::string login, std::string password, std::string peer);
  io::Task<http::Reply> start_session(const http::Request& request, const Params& form, const catalog::User& user);
  http::Reply login_form(const http::Request& request, int status, std::string_view application,
                         std::string_view oauth_token, web::LoginTrouble trouble, std::string_view login);
  io::Task<Result<std::optional<Visitor>>> visitor(const http::RequestHead& head) const;

  // consent_pages.cc
  io::Task<http::Reply> show_question(const http::Request& request, const Params& query);
  io::Task<http::Reply> answer_question(const http::Request& request, const Params& form);
  io::Task<http::Reply> allow(const http::Request& request, const Question& question, const Visitor& who);
  io::Task<http::Reply> deny(const http::Request& request, const Question& question);
  io::Task<Result<std::optional<Question>>> question_of(std::string oauth_token) const;
  // The application that asks with this token; empty when nobody does.
  io::Task<Result<std::string>> who_asks(std::string oauth_token) const;

  // account_pages.cc
  web::Site site() const;
  http::Reply page(int status, std::string html, std::string_view goes_to = {}) const;
  http::Reply message(int status, std::string_view heading, std::string_view text, std::string link = {}) const;
  http::Reply stale(const Params& form) const;  // a form without its key
  http::Reply trouble(const http::Request& request, const Error& error) const;

  const Services& services_;
  const PageLook look_;
  const Clock& clock_;
  auth::LoginThrottle throttle_;
  Counter wrong_passwords_;
};

// Of our own pages; an empty token leads to /login.
std::string login_target(std::string_view oauth_token);
http::Reply see_other(std::string location);

}  // namespace stile::api
