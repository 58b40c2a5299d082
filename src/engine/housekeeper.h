// Housekeeper: the one background job that removes what has served its time, from the catalog and from staging.
//
// A round goes through all kinds once and takes at most kBatch rows of each, a short transaction per kind, so that the
// requests of clients slip in between. While the catalog has a queue the round stops where it is and the next one goes
// on there; but not for more than kMostPatience rounds, because a server that is always busy needs it too.
// What has failed is told and tried again in the next round; the other kinds do not wait for it.
// After the wall clock has jumped nothing is removed for its age (clock_trust.h).
// Removed files of photos are the FileRemover's.
// Threads: one round at a time, on a loop. Ownership: the collaborators outlive it.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "catalog/logins.h"
#include "catalog/token_admin.h"
#include "catalog/upkeep.h"
#include "engine/clock_trust.h"
#include "engine/engine.h"

namespace stile::engine {

// How long what has ended is kept; 0: for ever.
struct Retention {
  Milliseconds tokens{90 * 24 * 3'600'000ll};
  Milliseconds delivered{30 * 24 * 3'600'000ll};
  Milliseconds dead{180 * 24 * 3'600'000ll};
  Milliseconds changes{24 * 3'600'000};  // for files that never came
};

struct HousekeeperParts {
  Engine& engine;
  catalog::Upkeep& upkeep;
  catalog::Logins& logins;
  catalog::TokenAdmin& tokens;
  const Clock& clock;
  std::function<bool()> busy;  // others wait for the catalog; may be empty
};

// Something that was removed, or that could not be.
struct Swept {
  std::string_view kind;  // "abandoned uploads"
  std::size_t removed = 0;
  std::optional<Error> error = {};
};

struct SweepRound {
  std::vector<Swept> swept;   // kinds of which nothing was removed are left out, unless they failed
  bool more = false;          // there is more to do at once
  bool clock_jumped = false;  // the wall clock has jumped since the round before
};

class Housekeeper {
 public:
  static constexpr std::size_t kBatch = 500;
  static constexpr int kMostPatience = 10;

  Housekeeper(HousekeeperParts parts, Retention retention)
      : parts_(std::move(parts)), retention_(retention), trust_(parts_.clock) {
    (void)trust_.look();  // a jump before the first round is one, too
  }

  io::Task<SweepRound> round();

 private:
  // What is counted of one kind.
  struct Done {
    std::size_t removed = 0;
    std::size_t looked_at = 0;  // kBatch of them: there may be more
  };
  using Step = io::Task<Result<Done>> (Housekeeper::*)(WallTime now);
  struct Kind {
    std::string_view name;
    Step step;
  };

  io::Task<Result<Done>> uploads(WallTime now);
  io::Task<Result<Done>> orphans(WallTime now);
  io::Task<Result<Done>> logins(WallTime now);
  io::Task<Result<Done>> changes(WallTime now);
  io::Task<Result<Done>> delivered(WallTime now);
  io::Task<Result<Done>> dead(WallTime now);
  io::Task<Result<Done>> tokens(WallTime now);
  io::Task<Result<Done>> events(catalog::EventState state, Milliseconds keep, WallTime now);

  static const std::vector<Kind>& kinds();

  HousekeeperParts parts_;
  const Retention retention_;
  ClockTrust trust_;
  std::size_t next_ = 0;  // the kind to begin with
  int patience_ = 0;
  catalog::TokenCursor token_cursor_;
};

}  // namespace stile::engine
