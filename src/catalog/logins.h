// Logins: browsers that somebody has logged in, and tokens that log a browser in.
//
// What is secret comes here as its SHA-256 in hex only: who reads the catalog can log in as nobody.
// Beside Catalog. Threads, durability and errors: as Catalog's. Source: spec/api.md 2.1, 3.15.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "catalog/records.h"
#include "io/task.h"

namespace stile::catalog {

// Browsers that one user is logged in with; beyond it the oldest one is logged out.
inline constexpr std::int64_t kMaxSessionsPerUser = 50;

struct LoginSession {
  std::string id_sha256;
  std::int64_t user_id = 0;  // 0: a visitor, who may see a closed site and is nobody in particular
  WallTime created_at;
  WallTime valid_until;
};

// What a login token opens: a session of a user, or one of a visitor.
enum class LoginKind { user, visitor };

struct LoginToken {
  std::string token_sha256;
  LoginKind kind = LoginKind::user;
  std::int64_t user_id = 0;
  std::string return_url;  // checked; empty: none
  WallTime created_at;
  WallTime valid_until;
};

class Logins {
 public:
  virtual ~Logins() = default;

  // Also notes when its user last logged in. not_found without that user.
  virtual io::Task<Result<void>> add_session(LoginSession session) = 0;
  // nullopt when it has ended, or its user is gone.
  virtual io::Task<Result<std::optional<LoginSession>>> find_session(std::string id_sha256, WallTime now) = 0;
  virtual io::Task<Result<void>> end_session(std::string id_sha256) = 0;
  // All browsers of a user, and the tokens that would log another one in.
  virtual io::Task<Result<void>> end_sessions_of(std::int64_t user_id) = 0;

  virtual io::Task<Result<void>> add_login_token(LoginToken token) = 0;
  // Takes it out, so that it is good once; nullopt when there is none of that kind, or it has expired.
  virtual io::Task<Result<std::optional<LoginToken>>> redeem_login_token(std::string token_sha256, LoginKind kind,
                                                                         WallTime now) = 0;

  // Removes what has expired, request tokens too.
  // At most `limit` of each kind; returns how many.
  virtual io::Task<Result<std::size_t>> forget_expired_logins(WallTime now, std::size_t limit) = 0;

  // The user and the sessions are gone, and grants and keys are good no more; what the user made stays.
  // not_found.
  virtual io::Task<Result<void>> delete_user(std::int64_t user_id) = 0;
};

}  // namespace stile::catalog
