#include "api/errors.h"

#include <array>

#include "base/check.h"

namespace stile::api {
namespace {

struct Row {
  Code code;
  std::string_view name;
  int v2_status;
  std::string_view text;
};

constexpr std::array kRows{
    Row{Code::couldnt_create_album, "couldnt_create_album", 500, "The album could not be created"},
    Row{Code::couldnt_create_user, "couldnt_create_user", 500, "The user could not be created"},
    Row{Code::couldnt_update_album, "couldnt_update_album", 500, "The album could not be updated"},
    Row{Code::creation_error, "creation_error", 500, "The object could not be created"},
    Row{Code::error_processing_upload, "error_processing_upload", 500, "The file could not be processed"},
    Row{Code::feature_not_available, "feature_not_available", 412, "This feature is not available"},
    Row{Code::invalid_album, "invalid_album", 400, "The album is invalid"},
    Row{Code::invalid_album_token, "invalid_album_token", 400, "The album token is invalid"},
    Row{Code::invalid_input, "invalid_input", 400, "The request is invalid"},
    Row{Code::invalid_oauth_site, "invalid_oauth_site", 401, "The credentials belong to another site"},
    Row{Code::invalid_oauth_user, "invalid_oauth_user", 401, "The credentials belong to nobody"},
    Row{Code::invalid_photo_token, "invalid_photo_token", 403, "The photo token is invalid"},
    Row{Code::invalid_signature, "invalid_signature", 401, "The API signature is invalid."},
    Row{Code::invalid_type, "invalid_type", 400, "The type is invalid"},
    Row{Code::invalid_upload_token, "invalid_upload_token", 403, "The upload token is invalid"},
    Row{Code::invalid_username, "invalid_username", 400, "The username is invalid"},
    Row{Code::missing_authentication, "missing_authentication", 401, "The request could not be authenticated."},
    Row{Code::no_file, "no_file", 400, "No file was uploaded"},
    Row{Code::no_such_album, "no_such_album", 404, "The album does not exist"},
    Row{Code::no_such_object, "no_such_object", 404, "The object does not exist"},
    Row{Code::no_such_photo, "no_such_photo", 404, "The photo does not exist"},
    Row{Code::no_such_tag, "no_such_tag", 404, "The tag does not exist"},
    Row{Code::no_such_user, "no_such_user", 404, "The user does not exist"},
    Row{Code::permission_denied, "permission_denied", 403,
        "You don't have the necessary permissions to perform this action"},
    Row{Code::temporarily_unavailable, "temporarily_unavailable", 503,
        "The service is temporarily unavailable, please try again later"},
    Row{Code::token_required, "token_required", 403, "A token is required"},
    Row{Code::user_already_exists, "user_already_exists", 400, "User already exists"},
};

constexpr bool rows_follow_the_enum() {
  for (std::size_t i = 0; i < kRows.size(); ++i)
    if (kRows[i].code != static_cast<Code>(i)) return false;
  return kRows.back().code == Code::user_already_exists;
}
static_assert(rows_follow_the_enum());

const Row& row(Code code) { return kRows[static_cast<std::size_t>(code)]; }

struct Translation {
  Code code;
  int v2_status = 0;            // 0: the code's own
  std::string_view text = {};   // empty: the code's own
};

Translation translate(Errc code) {
  switch (code) {
    case Errc::invalid_input: return {Code::invalid_input};
    case Errc::not_found: return {Code::no_such_object};
    case Errc::permission_denied: return {Code::permission_denied};
    case Errc::unauthenticated: return {Code::missing_authentication};
    case Errc::already_exists: return {Code::creation_error, 400, "The object already exists"};
    case Errc::no_file: return {Code::no_file};
    case Errc::empty_file: return {Code::no_file, 0, "The file is empty"};
    case Errc::unsupported_type: return {Code::error_processing_upload, 415, "The type of the file is not supported"};
    case Errc::too_large: return {Code::error_processing_upload, 413, "The file is too large"};
    case Errc::wrong_length: return {Code::invalid_input, 0, "The length of the data is wrong"};
    case Errc::token_unknown: return {Code::invalid_upload_token, 404, "The upload token is invalid"};
    case Errc::token_expired: return {Code::invalid_upload_token, 0, "The upload token has expired"};
    case Errc::token_used_up: return {Code::invalid_upload_token, 0, "The upload token has already been used"};
    case Errc::token_revoked: return {Code::invalid_upload_token, 0, "The upload token has been revoked"};
    case Errc::closed:
    case Errc::truncated:
    case Errc::interrupted: return {Code::temporarily_unavailable, 0, "The request was not complete, please try again"};
    case Errc::timed_out: return {Code::temporarily_unavailable, 0, "The request took too long, please try again"};
    case Errc::limit: return {Code::invalid_input, 0, "The request exceeds a limit"};
    case Errc::too_many_open:
    case Errc::busy:
    case Errc::disk_full:
    case Errc::draining:
    case Errc::poisoned:
    case Errc::io_error: return {Code::temporarily_unavailable};
  }
  CHECK(!"an Errc without a translation");
}

}  // namespace

std::string_view code_name(Code code) { return row(code).name; }

Problem problem(Code code, std::string message) {
  return {code, message.empty() ? std::string(row(code).text) : std::move(message), row(code).v2_status};
}

Problem permission_denied(auth::Level required) {
  return problem(Code::permission_denied, std::string(row(Code::permission_denied).text) + " (required level: '" +
                                              std::string(auth::level_name(required)) + "')");
}

Problem problem_of(const Error& error) {
  const Translation translation = translate(error.code);
  Problem result =
      problem(translation.code, error.message.empty() ? std::string(translation.text) : error.message);
  if (translation.v2_status != 0) result.v2_status = translation.v2_status;
  return result;
}

}  // namespace stile::api
