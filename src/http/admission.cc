#include "http/admission.h"

#include <algorithm>

namespace stile::http {

std::expected<Admission::Place, Admission::Refusal> Admission::enter(std::string_view peer) {
  std::string key = key_of(peer);
  std::lock_guard lock(mutex_);
  if (open_ >= limits_.total) return std::unexpected(Refusal::full);
  if (!key.empty()) {
    const auto [entry, is_new] = by_address_.try_emplace(key, 0);
    if (entry->second >= limits_.per_address) return std::unexpected(Refusal::address_full);
    ++entry->second;
  }
  ++open_;
  return Place(*this, std::move(key));
}

std::size_t Admission::open() const {
  std::lock_guard lock(mutex_);
  return open_;
}

std::size_t Admission::addresses() const {
  std::lock_guard lock(mutex_);
  return by_address_.size();
}

// The significant bytes: four of IPv4, eight of IPv6. Both fit into a string without an allocation.
std::string Admission::key_of(std::string_view peer) const {
  if (limits_.per_address == 0) return {};
  const auto address = IpAddress::parse(peer.substr(0, peer.find('%')));
  if (!address) return {};  // not a peer of ours: sockets have addresses
  if (std::ranges::any_of(exempt_, [&](const IpNetwork& network) { return network.contains(*address); })) return {};
  return {reinterpret_cast<const char*>(address->bytes().data()), address->is_v4() ? std::size_t{4} : std::size_t{8}};
}

void Admission::leave(const std::string& key) {
  std::lock_guard lock(mutex_);
  --open_;
  if (key.empty()) return;
  const auto entry = by_address_.find(key);
  if (--entry->second == 0) by_address_.erase(entry);
}

}  // namespace stile::http
