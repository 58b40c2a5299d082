// Admission: how many connections may be open at once, in all and from one address.
//
// An address is the peer's, not what a proxy says of its client: nothing has been read yet when it counts. Of IPv6 the
// first half counts (a /64 is what one customer gets); of ::ffff:192.0.2.1 the IPv4 address. Proxies in `exempt` speak
// for many and count in all only.
// Memory: an entry per address that has a connection, so `total` of them at most. Threads: any.
#pragma once

#include <cstddef>
#include <expected>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/ip_network.h"

namespace stile::http {

struct ConnectionLimits {
  std::size_t total = 12'000;
  std::size_t per_address = 0;  // 0: any number
};

class Admission {
 public:
  enum class Refusal { full, address_full };

  // One connection's place; it is free again when this goes. Outlived by its Admission.
  class Place {
   public:
    Place(Place&& other) noexcept : from_(std::exchange(other.from_, nullptr)), key_(std::move(other.key_)) {}
    Place(const Place&) = delete;
    ~Place() {
      if (from_ != nullptr) from_->leave(key_);
    }

   private:
    friend class Admission;
    Place(Admission& from, std::string key) : from_(&from), key_(std::move(key)) {}
    Admission* from_;
    std::string key_;  // empty: does not count by address
  };

  Admission(ConnectionLimits limits, std::vector<IpNetwork> exempt) : limits_(limits), exempt_(std::move(exempt)) {}
  Admission(const Admission&) = delete;

  // `peer`: the other end's address without port, perhaps with a zone ("fe80::1%eth0").
  std::expected<Place, Refusal> enter(std::string_view peer);

  std::size_t open() const;
  std::size_t addresses() const;  // that have a connection which counts by address

 private:
  std::string key_of(std::string_view peer) const;
  void leave(const std::string& key);

  const ConnectionLimits limits_;
  const std::vector<IpNetwork> exempt_;
  mutable std::mutex mutex_;
  std::size_t open_ = 0;
  std::unordered_map<std::string, std::size_t> by_address_;
};

}  // namespace stile::http
