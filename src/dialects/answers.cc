#include "dialects/answers.h"

namespace stile::dialects {

int status_of(Dialect dialect, Errc code) {
  const bool chunk = dialect == Dialect::chunk;
  switch (code) {
    // Hopeless: the same request can never succeed.
    case Errc::token_unknown:
    case Errc::token_expired:
    case Errc::token_used_up:
    case Errc::token_revoked:
    case Errc::permission_denied:
    case Errc::unauthenticated: return chunk ? 500 : 403;
    case Errc::unsupported_type: return chunk ? 500 : 415;
    case Errc::too_large: return chunk ? 500 : 413;
    case Errc::not_found: return chunk ? 500 : 404;

    // Malformed.
    case Errc::invalid_input:
    case Errc::no_file:
    case Errc::empty_file:
    case Errc::limit:
    case Errc::already_exists: return 400;
    // A truncated chunk should be sent again; a whole form has nobody to do so.
    case Errc::wrong_length: return chunk ? 503 : 400;

    // Come again later.
    case Errc::too_many_open:
    case Errc::closed:
    case Errc::truncated:
    case Errc::timed_out:
    case Errc::interrupted:
    case Errc::busy:
    case Errc::disk_full:
    case Errc::draining:
    case Errc::poisoned:
    case Errc::io_error: return 503;
  }
  return 503;
}

std::string words_of(const Error& error) {
  if (!error.message.empty()) return error.message;
  switch (error.code) {
    case Errc::token_unknown: return "The upload token is invalid";
    case Errc::token_expired: return "The upload token has expired";
    case Errc::token_used_up: return "The upload token has already been used";
    case Errc::token_revoked: return "The upload token has been revoked";
    case Errc::permission_denied:
    case Errc::unauthenticated: return "You are not allowed to do this";
    case Errc::unsupported_type: return "This type of file is not accepted";
    case Errc::too_large: return "The file is too large";
    case Errc::no_file: return "No file was sent";
    case Errc::empty_file: return "The file is empty";
    case Errc::wrong_length: return "The chunk does not have the length it should have";
    case Errc::not_found: return "There is no such upload";
    case Errc::already_exists: return "It exists already";
    case Errc::invalid_input: return "The request is malformed";
    case Errc::limit: return "The request is too large";
    case Errc::too_many_open: return "Too many files are being uploaded with this token at once; try again later";
    case Errc::closed:
    case Errc::truncated: return "The request ended too early; send it again";
    case Errc::timed_out: return "The request came too slowly; send it again";
    case Errc::interrupted: return "A newer request for the same part took over; send it again";
    case Errc::disk_full: return "There is not enough space at the moment; try again later";
    case Errc::draining: return "The server is restarting; send it again";
    case Errc::busy:
    case Errc::poisoned:
    case Errc::io_error: return "Something went wrong on our side; send it again";
  }
  return "Something went wrong on our side; send it again";
}

}  // namespace stile::dialects
