// RequestStats: figures of requests by where they went, and of events by how they fared. Labels come from fixed lists:
// nothing that a client sends becomes one.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "base/metrics.h"
#include "http/server.h"
#include "notify/outbox.h"

namespace stile::app {

// Kinds of addresses. `probe`: what machines ask that look after this one.
enum class Route { redeem, file, api, page, oauth, asset, download, probe, other };
inline constexpr std::array<std::string_view, 9> kRouteNames{"redeem", "file",     "api",   "page", "oauth",
                                                             "asset",  "download", "probe", "other"};
Route route_of(std::string_view path);

class RequestStats {
 public:
  static constexpr std::size_t kClasses = 5;  // 1xx to 5xx

  void note(const http::ExchangeReport& report);

  const Histogram& took(Route route) const { return took_[static_cast<std::size_t>(route)]; }
  std::uint64_t count(Route route, std::size_t status_class) const {
    return counts_[static_cast<std::size_t>(route)][status_class - 1].value();
  }
  const Counter& received() const { return received_; }
  const Counter& sent() const { return sent_; }
  const Counter& undelivered() const { return undelivered_; }

 private:
  template <std::size_t... I>
  static std::array<Histogram, sizeof...(I)> histograms(std::index_sequence<I...>) {
    return {((void)I, Histogram(kRequestTimes))...};
  }
  std::array<Histogram, kRouteNames.size()> took_ = histograms(std::make_index_sequence<kRouteNames.size()>());
  std::array<std::array<Counter, kClasses>, kRouteNames.size()> counts_;
  Counter received_;
  Counter sent_;
  Counter undelivered_;
};

inline constexpr std::array<std::string_view, 3> kEventKinds{"callback", "pingback", "webhook"};
inline constexpr std::array<std::string_view, 3> kEventOutcomes{"delivered", "failed", "dead"};

class DeliveryStats {
 public:
  void note(const notify::DeliveryReport& report);
  std::uint64_t count(std::size_t kind, std::size_t outcome) const { return counts_[kind][outcome].value(); }
  const Counter& catalog_troubles() const { return catalog_troubles_; }

 private:
  std::array<std::array<Counter, kEventOutcomes.size()>, kEventKinds.size()> counts_;
  Counter catalog_troubles_;
};

}  // namespace stile::app
