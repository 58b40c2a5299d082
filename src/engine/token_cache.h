// TokenCache: tokens as they were read a moment ago, so that the two questions of one form, and those of many forms at
// once, cost the catalog one.
//
// What it says is enough to let somebody begin, never to refuse: the transaction of the finish looks at the row itself
// (I5). What this process changes is forgotten here before the caller is answered, what others change after kLifetime;
// uses are counted, perhaps too high.
// Threads: any.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "catalog/records.h"

namespace stile::engine {

class TokenCache {
 public:
  static constexpr Milliseconds kLifetime{1'000};
  static constexpr std::size_t kMost = 1'000;  // tokens; some KiB each at the most

  // `clock` outlives the cache.
  explicit TokenCache(const Clock& clock) : clock_(clock) {}

  // What to hand to keep(): taken before the token is read, so that what has changed meanwhile is not kept.
  std::uint64_t version() const;
  void keep(const catalog::Token& token, std::uint64_t version);
  std::optional<catalog::Token> find(const std::string& token) const;
  // One more file has come by it; perhaps that was known already. Too many uses only lead to another look, but a sum of
  // bytes that is too high would refuse: tokens that bound it are forgotten.
  void note_use(const catalog::Token& token);
  void forget(const std::string& token);
  void forget_all();

 private:
  struct Entry {
    catalog::Token token;
    SteadyTime until;
  };

  const Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, Entry> entries_;
  std::uint64_t version_ = 0;
};

}  // namespace stile::engine
