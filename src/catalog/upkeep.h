// Upkeep: rows that have served their time.
//
// Beside Catalog, and with Logins::forget_expired_logins, TokenAdmin::forget_waiting_changes and
// Catalog::forget_ended_uploads all that the sweeps forget. Each call looks at `limit` rows at most, in one short
// transaction, so that nobody waits for long behind it; whoever wants everything gone calls again.
// Threads and errors: as Catalog's.
#pragma once

#include <cstddef>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "catalog/records.h"
#include "io/task.h"

namespace stile::catalog {

// Where a walk over the tokens stands: behind this one.
struct TokenCursor {
  WallTime valid_until{Milliseconds{-1}};
  std::string token = {};
};

struct TokenSweep {
  std::size_t looked_at = 0;
  std::size_t forgotten = 0;
  TokenCursor next;  // where to go on, when `limit` were looked at
};

class Upkeep {
 public:
  virtual ~Upkeep() = default;

  // Tokens whose time ended before `before`, in the order of their ends from `from` on. One by which a photo came that
  // is still there stays, and so does one with an upload that is under way or whose answer is still repeated: what was
  // asked of a photo's token is answered as long as there is the photo.
  virtual io::Task<Result<TokenSweep>> forget_tokens(WallTime before, TokenCursor from, std::size_t limit) = 0;
  // Events in this state (delivered or dead; waiting ones are never forgotten) that were last due before `before`.
  // Returns how many.
  virtual io::Task<Result<std::size_t>> forget_events(EventState state, WallTime before, std::size_t limit) = 0;
};

}  // namespace stile::catalog
