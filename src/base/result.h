// Result<T>: the value or the Error that every fallible operation of Stile returns.
//
// Errors carry what happened (Errc), words that may be shown to a client, and a cause for the log only. They carry no
// HTTP status: one table per dialect turns an Errc into one (design.md, "Answers").
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace stile {

enum class Errc {
  // The request is at fault; `message` says how.
  invalid_input,      // malformed, out of range, contradictory
  not_found,          // no such thing (or the secret that guards it is wrong)
  permission_denied,  // known caller, not enough rights
  unauthenticated,    // credentials were shown and are not good
  already_exists,
  no_file,            // a redeem without a file part
  empty_file,         // a file of zero bytes
  unsupported_type,   // the content is not of an accepted type
  too_large,          // beyond a limit in bytes
  wrong_length,       // a body shorter or longer than its range
  token_unknown,
  token_expired,
  token_used_up,
  token_revoked,
  too_many_open,      // bound on uploads under way per token

  // The transport is at fault.
  closed,       // peer closed cleanly between messages
  truncated,    // peer went away in the middle of a message
  timed_out,    // no progress within the deadline, or slower than the minimum rate
  interrupted,  // a newer attempt took over, or somebody poked the wait
  limit,        // a protocol limit (head size, field count, …) was exceeded

  // We are at fault or in need; the client should come again later.
  busy,       // a bounded queue is full
  disk_full,  // no space, or below the low-water mark
  draining,   // the server is shutting down
  poisoned,   // an earlier write or sync of this file failed (invariant I10)
  io_error,   // the file system, the database or the network said no
};

// A stable name for logs and metrics, e.g. "token_expired".
std::string_view to_string(Errc code);

// True for trouble of our own, where the same request may succeed later (503 on the wire, never 500: invariant I7).
bool is_temporary(Errc code);

struct Error {
  Errc code = Errc::io_error;
  std::string message;  // for the client; plain text, no internals; may be empty
  std::string cause;    // for the log; never sent
};

template <class T = void>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(Errc code, std::string message = {}, std::string cause = {}) {
  return std::unexpected(Error{code, std::move(message), std::move(cause)});
}
inline std::unexpected<Error> fail(Error error) { return std::unexpected(std::move(error)); }

}  // namespace stile

// Leaves the enclosing function (or coroutine, with CO_) with the error of `expression`, if it has one.
#define STILE_TRY(expression)                                                              \
  do {                                                                                     \
    if (auto stile_result = (expression); !stile_result) return std::unexpected(std::move(stile_result).error()); \
  } while (false)
#define STILE_CO_TRY(expression)                                                              \
  do {                                                                                        \
    if (auto stile_result = (expression); !stile_result) co_return std::unexpected(std::move(stile_result).error()); \
  } while (false)
