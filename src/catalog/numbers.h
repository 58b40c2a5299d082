// Numbers that are given out once, ascending, per kind: 'photo', 'event', 'user', 'album', 'token'. Internal to catalog/.
#pragma once

#include <cstdint>
#include <string>

#include "catalog/session.h"

namespace stile::catalog {

// Takes `count` numbers of `kind` and returns the first. Inside the caller's transaction: undone with it.
inline std::int64_t take_numbers(Session& session, const std::string& kind, std::int64_t count) {
  const auto last = session.one<std::int64_t>(
      "UPDATE numbers SET last = last + :count WHERE kind = :kind RETURNING last", count, kind);
  return last.value_or(0) - count + 1;
}

}  // namespace stile::catalog
