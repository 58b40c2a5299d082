// The pages of people: logging in, being logged in, and letting an application in or not. Plain forms that work without
// scripts and inside no frame.
//
// Shape: pure text, escaped here; send them with account_page_headers(). A `form_key` goes into each form as the hidden
// field "key"; an `oauth_token`, when there is one, as "oauth_token", so that logging in leads back to the question.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "web/document.h"

namespace stile::web {

enum class LoginTrouble { none, wrong, too_often, busy };

struct LoginPage {
  Site site;
  std::string_view application;  // that asks; empty: nobody does
  std::string_view login;        // as it was typed before
  LoginTrouble trouble = LoginTrouble::none;
  std::int64_t wait_minutes = 0;  // with too_often
  std::string_view form_key;
  std::string_view oauth_token;
};
std::string render_login_page(const LoginPage& page);  // POST /login: login, password

struct AccountPage {
  Site site;
  std::string_view user_name;
  std::string_view form_key;
};
std::string render_account_page(const AccountPage& page);  // POST /logout

enum class Rights { read, write, admin };

struct ConsentPage {
  Site site;
  std::string_view application;
  std::string_view user_name;
  Rights rights = Rights::read;
  std::string_view host;  // where the user goes then; empty: nowhere, there will be a code
  std::string_view form_key;
  std::string_view oauth_token;
};
std::string render_consent_page(const ConsentPage& page);  // POST /oauth/authorize: decision=allow|deny

std::string render_code_page(const Site& site, std::string_view application, std::string_view code);

// Names and values. `goes_to` is the URL to which a form of the page may lead in the end, or empty. Browsers hold its
// whole way against form-action, also where that site sends people on to; so its scheme is named, not its host.
std::vector<std::pair<std::string, std::string>> account_page_headers(std::string_view goes_to);

}  // namespace stile::web
