#include "auth/nonces.h"

#include <algorithm>

#include "base/text.h"

namespace stile::auth {
namespace {

constexpr std::int64_t kSweepEvery = 60;  // seconds
constexpr std::uint64_t kMaxTimestamp = 1ull << 40;

std::array<char, 32> digest_of(std::string_view token, std::string_view nonce) {
  // The length keeps ("ab", "c") and ("a", "bc") apart. Half of a SHA-256 is more than enough.
  const std::string text = std::to_string(token.size()).append(":").append(token).append(nonce);
  std::array<char, 32> digest;
  std::ranges::copy_n(sha256_hex(text).begin(), digest.size(), digest.begin());
  return digest;
}

}  // namespace

NonceMemory::Verdict NonceMemory::remember(std::string_view consumer_key, std::string_view token,
                                           std::uint64_t timestamp, std::string_view nonce) {
  if (timestamp > kMaxTimestamp) return Verdict::outside_window;
  const auto when = static_cast<std::int64_t>(timestamp);
  const Seen seen{when, digest_of(token, nonce)};

  std::lock_guard lock(mutex_);
  const std::int64_t now = epoch_seconds(clock_.wall_now());
  const std::int64_t window = std::chrono::ceil<Seconds>(limits_.window).count();
  if (when < now - window || when > now + window) return Verdict::outside_window;
  // A clock that was set back must not stop the sweeping for ever.
  if (now - swept_at_ >= kSweepEvery || now < swept_at_) {
    forget_before(now - window);
    swept_at_ = now;
  }
  auto found = consumers_.find(consumer_key);
  if (found != consumers_.end()) {
    if (when <= found->second.floor) return Verdict::outside_window;
    if (found->second.seen.contains(seen)) return Verdict::repeated;
  }
  if (size_ >= limits_.max_nonces) make_room();
  // Making room may have moved this consumer's floor past `when`: then it is as old as what was just forgotten.
  found = consumers_.try_emplace(std::string(consumer_key)).first;
  if (when <= found->second.floor) return Verdict::outside_window;
  found->second.seen.insert(seen);
  ++size_;
  return Verdict::fresh;
}

std::size_t NonceMemory::size() const {
  std::lock_guard lock(mutex_);
  return size_;
}

void NonceMemory::forget_before(std::int64_t oldest) {
  for (auto it = consumers_.begin(); it != consumers_.end();) {
    Consumer& consumer = it->second;
    const auto end = consumer.seen.lower_bound(Seen{oldest, {}});
    size_ -= static_cast<std::size_t>(std::distance(consumer.seen.begin(), end));
    consumer.seen.erase(consumer.seen.begin(), end);
    const bool needed = !consumer.seen.empty() || consumer.floor >= oldest;
    it = needed ? std::next(it) : consumers_.erase(it);
  }
}

void NonceMemory::make_room() {
  const auto largest = std::ranges::max_element(consumers_, {}, [](const auto& entry) { return entry.second.seen.size(); });
  if (largest == consumers_.end()) return;
  Consumer& consumer = largest->second;
  if (consumer.seen.empty()) return;
  auto last = consumer.seen.begin();
  std::advance(last, consumer.seen.size() / 16);
  consumer.floor = std::max(consumer.floor, last->first);
  // All of the floor's second goes: whatever carries that timestamp is refused from now on anyway.
  const auto end = consumer.seen.lower_bound(Seen{consumer.floor + 1, {}});
  size_ -= static_cast<std::size_t>(std::distance(consumer.seen.begin(), end));
  consumer.seen.erase(consumer.seen.begin(), end);
}

}  // namespace stile::auth
