#include "base/result.h"

namespace stile {

std::string_view to_string(Errc code) {
  switch (code) {
    case Errc::invalid_input: return "invalid_input";
    case Errc::not_found: return "not_found";
    case Errc::permission_denied: return "permission_denied";
    case Errc::unauthenticated: return "unauthenticated";
    case Errc::already_exists: return "already_exists";
    case Errc::no_file: return "no_file";
    case Errc::empty_file: return "empty_file";
    case Errc::unsupported_type: return "unsupported_type";
    case Errc::too_large: return "too_large";
    case Errc::wrong_length: return "wrong_length";
    case Errc::token_unknown: return "token_unknown";
    case Errc::token_expired: return "token_expired";
    case Errc::token_used_up: return "token_used_up";
    case Errc::token_revoked: return "token_revoked";
    case Errc::too_many_open: return "too_many_open";
    case Errc::closed: return "closed";
    case Errc::truncated: return "truncated";
    case Errc::timed_out: return "timed_out";
    case Errc::interrupted: return "interrupted";
    case Errc::limit: return "limit";
    case Errc::busy: return "busy";
    case Errc::disk_full: return "disk_full";
    case Errc::draining: return "draining";
    case Errc::poisoned: return "poisoned";
    case Errc::io_error: return "io_error";
  }
  return "unknown";
}

bool is_temporary(Errc code) {
  switch (code) {
    case Errc::too_many_open:
    case Errc::closed:
    case Errc::truncated:
    case Errc::timed_out:
    case Errc::interrupted:
    case Errc::busy:
    case Errc::disk_full:
    case Errc::draining:
    case Errc::poisoned:
    case Errc::io_error: return true;
    default: return false;
  }
}

}  // namespace stile
