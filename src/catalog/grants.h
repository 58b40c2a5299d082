// Grants: what users let applications do. Request tokens, which live for an hour, and the access pairs they become.
//
//   request token  asked for by an application → approved by a user, with a verifier → exchanged, once, for a grant
//   grant          an access pair of (application, user); does not end by itself
//
// Beside Catalog. Threads, durability and errors: as Catalog's. Source: spec/api.md 2.4; RFC 5849 section 2.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "catalog/records.h"
#include "io/task.h"

namespace stile::catalog {

// So often a verifier may be wrong before its request token is gone.
inline constexpr std::int64_t kVerifierTries = 5;
// Request tokens of one application that are open at once; more are refused with too_many_open.
inline constexpr std::int64_t kMaxOpenRequests = 1'000;
// Access pairs that one user has given one application; beyond it the oldest one ends.
inline constexpr std::int64_t kMaxGrantsPerUser = 50;

struct RequestToken {
  std::string token;
  std::string secret;
  std::string consumer_key;
  std::string callback;  // a checked URL, or "oob"
  WallTime created_at;
  WallTime valid_until;
  std::int64_t user_id = 0;          // who approved; 0: nobody yet
  std::string verifier_sha256 = {};  // hex; empty until approved
  std::int64_t tries = 0;            // wrong verifiers so far
};

struct Grant {
  std::string token;
  std::string secret;
  std::string consumer_key;
  std::int64_t user_id = 0;
  bool revoked = false;
  WallTime created_at;
};

enum class Exchange {
  granted,
  unknown,  // no such request token of this application (any more)
  expired,
  not_approved,
  wrong_verifier,  // and counted
  nobody,          // the user is gone, or the application's keys were revoked
};

// An application and, when a token was shown with its key, who is behind that token.
struct Application {
  Credentials credentials = {};
  std::optional<Grant> grant = {};  // when the token is one
  std::optional<User> user = {};    // of the grant, or of the credentials when there is none; none: gone
};

class Grants {
 public:
  virtual ~Grants() = default;

  // Removes expired ones of the application on the way. already_exists, too_many_open.
  virtual io::Task<Result<void>> add_request(RequestToken request) = 0;
  virtual io::Task<Result<std::optional<RequestToken>>> find_request(std::string token) = 0;
  // Once, by one user; not_found when it is unknown, expired or approved already.
  virtual io::Task<Result<void>> approve_request(std::string token, std::int64_t user_id, std::string verifier_sha256,
                                                 WallTime now) = 0;
  // Nothing happens when there is none.
  virtual io::Task<Result<void>> drop_request(std::string token) = 0;
  // Turns the request token into `grant`, whose user is the one who approved, in one transaction: of two exchanges one
  // succeeds. The verifier's digests are compared in constant time; kVerifierTries wrong ones end the request token.
  virtual io::Task<Result<Exchange>> exchange_request(std::string token, std::string verifier_sha256, Grant grant,
                                                      WallTime now) = 0;

  // What `consumer_key` and `token` name, in one read; `token` may be empty. Revoked ones too: the caller looks.
  virtual io::Task<Result<std::optional<Application>>> find_application(std::string consumer_key,
                                                                        std::string token) = 0;
  virtual io::Task<Result<std::vector<Grant>>> list_grants() = 0;      // oldest first
  virtual io::Task<Result<void>> revoke_grant(std::string token) = 0;  // not_found
};

}  // namespace stile::catalog
