// LoginThrottle: how often somebody may try a password, per user name and per address.
//
// Each address has so many tries in a window that begins with the first one, and for each name fewer. So who guesses at
// a name locks out himself, and nobody can keep its owner, who comes from elsewhere, from logging in; only guesses from
// many addresses close a name for all, at kFarAndWide times as many. Names that nobody has count like others, so the
// answer tells nothing. Being refused is not a try: a window ends whether somebody goes on or not.
// Addresses of IPv6 count by their /64, which is what one customer gets.
//
// Bounded: beyond max_entries the window that began first is forgotten. Each entry costs an attacker a try that is
// really checked, so forgetting does not come cheap. About 150 bytes per entry.
//
// Threads: any. Durability: none.
#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/metrics.h"

namespace stile::auth {

struct ThrottleLimits {
  std::size_t per_user = 10;      // from one address
  std::size_t per_address = 100;  // an office behind one address has several people
  Milliseconds window{15 * 60'000};
  std::size_t max_entries = 50'000;
};

class LoginThrottle {
 public:
  // So many addresses' worth of tries a name has from all together.
  static constexpr std::size_t kFarAndWide = 10;

  // `clock` outlives it.
  LoginThrottle(const Clock& clock, ThrottleLimits limits) : clock_(clock), limits_(limits) {}

  // Counts a try; false when there were too many, and then nothing is counted. `peer`: "192.0.2.1:4711", "[::1]:4711",
  // or either without a port.
  bool admit(std::string_view user, std::string_view peer);
  // The try was good, or was never judged: it does not count after all. A good one also clears its
  // user at that address.
  enum class Verdict { good, not_judged };
  void settle(std::string_view user, std::string_view peer, Verdict verdict);

  std::size_t size() const;
  const Counter& refused() const { return refused_; }

 private:
  struct Window {
    std::string key;
    std::size_t tries = 0;
    SteadyTime begun;
  };
  using Windows = std::list<Window>;  // by `begun`, oldest first

  bool is_full(const std::string& key, std::size_t limit) const;
  void count(const std::string& key, SteadyTime now);
  void forget(const std::string& key);
  void give_back(const std::string& key);
  void forget_ended(SteadyTime now);

  const Clock& clock_;
  const ThrottleLimits limits_;
  mutable std::mutex mutex_;
  Windows windows_;
  Counter refused_;
  std::unordered_map<std::string, Windows::iterator> by_key_;
};

// What of a peer's address counts: the address without its port, or the first half of one of IPv6.
std::string throttled_address(std::string_view peer);

}  // namespace stile::auth
