#include "engine/token_cache.h"

namespace stile::engine {

std::uint64_t TokenCache::version() const {
  std::lock_guard lock(mutex_);
  return version_;
}

void TokenCache::keep(const catalog::Token& token, std::uint64_t version) {
  const SteadyTime now = clock_.steady_now();
  std::lock_guard lock(mutex_);
  if (version != version_) return;
  if (entries_.size() >= kMost) {
    std::erase_if(entries_, [now](const auto& entry) { return entry.second.until <= now; });
    if (entries_.size() >= kMost) return;
  }
  entries_.insert_or_assign(token.token, Entry{token, now + kLifetime});
}

std::optional<catalog::Token> TokenCache::find(const std::string& token) const {
  const SteadyTime now = clock_.steady_now();
  std::lock_guard lock(mutex_);
  const auto found = entries_.find(token);
  if (found == entries_.end() || found->second.until <= now) return std::nullopt;
  return found->second.token;
}

void TokenCache::note_use(const catalog::Token& token) {
  if (token.max_total_bytes != 0) return forget(token.token);
  std::lock_guard lock(mutex_);
  const auto found = entries_.find(token.token);
  if (found != entries_.end()) ++found->second.token.used;
}

void TokenCache::forget(const std::string& token) {
  std::lock_guard lock(mutex_);
  ++version_;
  entries_.erase(token);
}

void TokenCache::forget_all() {
  std::lock_guard lock(mutex_);
  ++version_;
  entries_.clear();
}

}  // namespace stile::engine
