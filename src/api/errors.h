// Problem: an error as the API tells it, with one of the documented codes. One table says how each is answered.
//
// v1 answers every error with HTTP 200; v2 with the status of the table. 500 is never used for trouble that may pass
// (invariant I7): that is 503 and `temporarily_unavailable`, which is our own code, like `invalid_upload_token`.
// Source: spec/api.md 1.9.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "auth/level.h"
#include "base/result.h"

namespace stile::api {

enum class Code {
  couldnt_create_album,
  couldnt_create_user,
  couldnt_update_album,
  creation_error,
  error_processing_upload,
  feature_not_available,
  invalid_album,
  invalid_album_token,
  invalid_input,
  invalid_oauth_site,
  invalid_oauth_user,
  invalid_photo_token,
  invalid_signature,
  invalid_type,
  invalid_upload_token,
  invalid_username,
  missing_authentication,
  no_file,
  no_such_album,
  no_such_object,
  no_such_photo,
  no_such_tag,
  no_such_user,
  permission_denied,
  temporarily_unavailable,
  token_required,
  user_already_exists,
};

std::string_view code_name(Code code);  // as it is written in replies

struct Problem {
  Code code = Code::invalid_input;
  std::string message;  // for the client, plain text
  int v2_status = 400;
  bool operator==(const Problem&) const = default;
};

template <class T = void>
using Outcome = std::expected<T, Problem>;

// With the code's usual status, and its usual text when `message` is empty.
Problem problem(Code code, std::string message = {});
inline std::unexpected<Problem> refuse(Code code, std::string message = {}) {
  return std::unexpected(problem(code, std::move(message)));
}
// "You don't have the necessary permissions to perform this action (required level: 'X')"
Problem permission_denied(auth::Level required);

// What an Errc becomes, keeping its client message when it has one. `cause` is dropped: log it before.
Problem problem_of(const Error& error);

}  // namespace stile::api
