// TokenWatch: notices tokens that another process has revoked or extended, and tells the engine.
//
// One look every few seconds at a small table, by its key, however many uploads are under way and however few tokens
// change. What this process changes itself comes along too, which does no harm.
// Threads: one look at a time. Ownership: the collaborators outlive it.
#pragma once

#include <cstdint>

#include "catalog/token_admin.h"
#include "engine/engine.h"

namespace stile::engine {

class TokenWatch {
 public:
  TokenWatch(catalog::TokenAdmin& tokens, Engine& engine) : tokens_(tokens), engine_(engine) {}

  // From now on. Before it, look() takes everything for new.
  io::Task<Result<void>> begin();
  // What has changed since the last look. A look that failed misses nothing: the next one begins where it stood.
  io::Task<Result<void>> look();

 private:
  catalog::TokenAdmin& tokens_;
  Engine& engine_;
  std::int64_t last_ = 0;
};

}  // namespace stile::engine
