#include "auth/login_throttle.h"

#include <vector>

#include "base/text.h"

namespace stile::auth {
namespace {

// Names of any length become keys of one length.
std::string user_key(std::string_view user) { return "u" + sha256_hex(to_lower(trim(user))).substr(0, 32); }
std::string address_key(std::string_view peer) { return "a" + throttled_address(peer); }
std::string both_key(const std::string& by_user, std::string_view peer) { return "b" + by_user + address_key(peer); }

std::vector<std::string_view> groups_of(std::string_view text) {
  return text.empty() ? std::vector<std::string_view>{} : split(text, ':');
}

}  // namespace

std::string throttled_address(std::string_view peer) {
  if (peer.starts_with('[')) {
    peer = peer.substr(1, peer.find(']') - 1);
  } else if (const auto colon = peer.find(':'); colon != std::string_view::npos && colon == peer.rfind(':')) {
    return std::string(peer.substr(0, colon));
  }
  const bool v6 = peer.find(':') != std::string_view::npos && peer.find('.') == std::string_view::npos;
  if (!v6) return std::string(peer);
  const std::size_t gap = peer.find("::");
  std::vector<std::string_view> groups = groups_of(peer.substr(0, gap));
  if (gap != std::string_view::npos) {
    const auto tail = groups_of(peer.substr(gap + 2));
    while (groups.size() + tail.size() < 8) groups.push_back("0");
    groups.insert(groups.end(), tail.begin(), tail.end());
  }
  std::string half;
  for (std::size_t i = 0; i < 4 && i < groups.size(); ++i) half.append(to_lower(groups[i])).append(":");
  return half + ":/64";
}

bool LoginThrottle::admit(std::string_view user, std::string_view peer) {
  const std::string by_user = user_key(user);
  const std::string by_address = address_key(peer);
  const std::string by_both = both_key(by_user, peer);
  std::lock_guard lock(mutex_);
  const SteadyTime now = clock_.steady_now();
  forget_ended(now);
  if (is_full(by_address, limits_.per_address) || is_full(by_both, limits_.per_user) ||
      is_full(by_user, limits_.per_user * kFarAndWide)) {
    refused_.add();
    return false;
  }
  count(by_address, now);
  count(by_user, now);
  count(by_both, now);
  return true;
}

void LoginThrottle::settle(std::string_view user, std::string_view peer, Verdict verdict) {
  const std::string by_user = user_key(user);
  std::lock_guard lock(mutex_);
  give_back(address_key(peer));
  give_back(by_user);
  if (verdict == Verdict::good)
    forget(both_key(by_user, peer));
  else
    give_back(both_key(by_user, peer));
}

std::size_t LoginThrottle::size() const {
  std::lock_guard lock(mutex_);
  return windows_.size();
}

bool LoginThrottle::is_full(const std::string& key, std::size_t limit) const {
  const auto found = by_key_.find(key);
  return found != by_key_.end() && found->second->tries >= limit;
}

void LoginThrottle::count(const std::string& key, SteadyTime now) {
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    ++found->second->tries;
    return;
  }
  if (windows_.size() >= limits_.max_entries) forget(std::string(windows_.front().key));
  windows_.push_back({key, 1, now});
  by_key_.emplace(key, std::prev(windows_.end()));
}

void LoginThrottle::forget(const std::string& key) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return;
  windows_.erase(found->second);
  by_key_.erase(found);
}

void LoginThrottle::give_back(const std::string& key) {
  const auto found = by_key_.find(key);
  if (found != by_key_.end() && found->second->tries > 0) --found->second->tries;
}

void LoginThrottle::forget_ended(SteadyTime now) {
  while (!windows_.empty() && now - windows_.front().begun >= limits_.window) forget(std::string(windows_.front().key));
}

}  // namespace stile::auth
