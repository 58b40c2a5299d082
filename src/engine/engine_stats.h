// EngineStats: figures of all uploads together. What is kept of each one is catalog/insight.h.
#pragma once

#include <array>
#include <cstddef>

#include "base/metrics.h"
#include "base/result.h"

namespace stile::engine {

// One Counter for each reason that an Error may have.
class ReasonCounter {
 public:
  static constexpr std::size_t kReasons = static_cast<std::size_t>(Errc::io_error) + 1;  // the last of Errc
  void add(Errc reason) { counters_[static_cast<std::size_t>(reason)].add(); }
  std::uint64_t value(Errc reason) const { return counters_[static_cast<std::size_t>(reason)].value(); }

 private:
  std::array<Counter, kReasons> counters_;
};

struct EngineStats {
  Counter started;        // uploads in chunks; plain forms have no beginning of their own
  Counter finished;       // files that became a photo, or the file of one, whatever way they came
  ReasonCounter refused;  // open(), spool() and finish_spool() that said no, and note_refusal()
  ReasonCounter failed;   // uploads in chunks that ended for good
  Counter abandoned;      // swept, because nobody sent anything for long
  Counter forgotten;      // ended uploads whose rows were swept
  Counter resumed;        // finishes that a crash had interrupted, done by recovery

  Counter chunks_stored;
  Counter chunks_found;       // asked for or sent again, and there already
  ReasonCounter chunk_errors;  // attempts that stored nothing; interrupted: another one took over
  Counter bytes_written;      // into the staging area, of bodies that ended well or not
};

}  // namespace stile::engine
