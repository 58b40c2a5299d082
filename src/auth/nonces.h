// NonceMemory: which signed requests were seen, so that none counts twice.
//
// Remembers (consumer, token, timestamp, nonce) until the timestamp leaves the window; after that the timestamp alone
// is reason to refuse. Bounded: when full, the consumer that holds most of it loses its oldest sixteenth, and from then
// on timestamps that old are refused of it. So a busy consumer narrows its own window; nobody can make a repeated
// request pass, or use up the memory of others. About 100 bytes per nonce.
//
// Threads: any. Durability: none, the memory begins empty with the process. A request that was captured on its way, and
// whose timestamp is still in the window, can therefore be repeated once after a restart. Refusing every timestamp from
// before the start would close that gap, and was decided against: a client whose clock is a minute slow would be told
// for a minute after every restart that its keys are wrong, which no client tries again, and so would every request
// that was signed before the start and arrives after it. Whoever can capture requests reads the answers too; TLS is the
// remedy for both. A wall clock that is set back by more than the window opens the same gap.
// Source: spec/api.md 2.3; RFC 5849 3.3.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"

namespace stile::auth {

struct NonceLimits {
  Milliseconds window{600'000};  // a timestamp may be that far off, either way
  std::size_t max_nonces = 100'000;
};

class NonceMemory {
 public:
  // `clock` outlives the memory.
  NonceMemory(const Clock& clock, NonceLimits limits) : clock_(clock), limits_(limits) {}

  enum class Verdict { fresh, outside_window, repeated };
  // Only of requests whose signature fits: strangers must not fill the memory. `timestamp`: seconds since 1970.
  Verdict remember(std::string_view consumer_key, std::string_view token, std::uint64_t timestamp,
                   std::string_view nonce);

  std::size_t size() const;

 private:
  using Seen = std::pair<std::int64_t, std::array<char, 32>>;  // timestamp, digest of token and nonce
  struct Consumer {
    std::set<Seen> seen;
    std::int64_t floor = 0;  // timestamps up to here are refused: what was seen of them is forgotten
  };

  void forget_before(std::int64_t oldest);
  void make_room();

  const Clock& clock_;
  const NonceLimits limits_;
  mutable std::mutex mutex_;
  std::map<std::string, Consumer, std::less<>> consumers_;
  std::size_t size_ = 0;
  std::int64_t swept_at_ = 0;
};

}  // namespace stile::auth
