// Services and Rules: what the methods of the API work with. Built by app, outlives every call.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "api/call.h"
#include "api/errors.h"
#include "api/parameters.h"
#include "api/passwords.h"
#include "auth/login_throttle.h"
#include "base/random.h"
#include "catalog/catalog.h"
#include "catalog/grants.h"
#include "catalog/hooks.h"
#include "catalog/library.h"
#include "catalog/logins.h"
#include "catalog/token_admin.h"
#include "io/task.h"

namespace stile::api {

// Source of the defaults: spec/api.md 3.1, 6.5, 6.6.
struct TokenRules {
  std::int64_t default_minutes = 180;
  std::int64_t min_minutes = 15;
  std::int64_t max_minutes = 1440;
  std::int64_t max_uploads_v1 = 100;
  std::int64_t max_uploads_v2 = 1000;
  std::size_t max_albums = 100;
  std::size_t max_extras = 100;
  std::size_t max_extras_bytes = 32 * 1024;  // names and values together
  std::vector<std::string> accepted_types = {};  // by the server; a token may narrow them. Empty: not known here
  Milliseconds grace{24 * 3'600'000};            // how long after its token's end an upload under way may finish
};

// Custom variables of photos (variables.h).
struct VariableRules {
  std::vector<std::string> keys = {};
  std::size_t max_value = 500;  // bytes; they are kept in an index
};

// People at a browser. Source: spec/api.md 2.4, 3.15.
struct LoginRules {
  Milliseconds session_life{24 * 3'600'000};
  Milliseconds request_life{3'600'000};  // from an application's question to the exchange
  auth::ThrottleLimits throttle;
};

struct Rules {
  TextRules text;
  TokenRules token;
  VariableRules variables = {};
  LoginRules login;
  std::int64_t max_webhooks = 50;  // of one application
};

struct Services {
  catalog::Catalog& catalog;
  catalog::Library& library;
  catalog::TokenAdmin& tokens;
  catalog::Grants& grants;
  catalog::Logins& logins;
  catalog::Hooks& hooks;
  Random& random;
  Site site = {};
  Rules rules = {};
  Passwords* passwords = nullptr;  // none: where nobody chooses or shows a password
  // Told of every error that came from inside, with its cause, before the client gets words without it. May be empty.
  // Threads: called from any loop.
  std::function<void(const Call&, const Error&)> on_trouble = {};

  // Told when an event was stored, so that it is delivered at once. May be empty. Threads: any.
  std::function<void()> wake_outbox = {};

  // Told when a token was revoked or extended, so that its uploads under way hear of it. May be empty. Threads: any.
  std::function<void(const std::string& token)> token_changed = {};

  // Whether the back end may hear of one more failed upload of this token now (failure_limit.h). May be empty: always.
  // Threads: any.
  std::function<bool(const std::string& token, WallTime now)> may_tell_failure = {};

  // Removes the files of a photo that delete_photo has taken out of the catalog; what fails is done by the sweep. May be
  // empty. The photo outlives the task.
  std::function<io::Task<void>(const catalog::Photo&)> remove_files = {};

  // The problem that `error` is to the client, after on_trouble has heard of it.
  Problem trouble(const Call& call, const Error& error) const {
    if (on_trouble) on_trouble(call, error);
    return problem_of(error);
  }
};

}  // namespace stile::api
