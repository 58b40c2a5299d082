#include "app/request_stats.h"

#include <algorithm>

#include "api/download.h"
#include "api/probes.h"

namespace stile::app {

Route route_of(std::string_view path) {
  if (path.starts_with("/api/")) {
    std::string_view method = path.substr(5);
    if (method.starts_with("2/")) method.remove_prefix(2);
    if (method == "photo/redeem-upload-token" || method == "photo/redeem-replace-token") return Route::redeem;
    if (method == "photo/upload" || method == "photo/replace") return Route::file;
    return Route::api;
  }
  if (path.starts_with("/oauth/")) return Route::oauth;
  if (path.starts_with("/assets/")) return Route::asset;
  if (path == "/" || path == "/login" || path == "/logout" || path.starts_with("/upload/")) return Route::page;
  if (api::Probes::serves(path)) return Route::probe;
  return api::parse_file_target(std::string(path)) ? Route::download : Route::other;
}

void RequestStats::note(const http::ExchangeReport& report) {
  const auto route = static_cast<std::size_t>(route_of(report.head.path));
  const auto status_class = static_cast<std::size_t>(std::clamp(report.status / 100, 1, 5));
  counts_[route][status_class - 1].add();
  took_[route].observe(std::chrono::duration_cast<std::chrono::nanoseconds>(report.took));
  received_.add(report.body_received);
  sent_.add(report.body_sent);
  if (!report.delivered) undelivered_.add();
}

void DeliveryStats::note(const notify::DeliveryReport& report) {
  if (report.event.event_id == 0) return catalog_troubles_.add();
  const auto known = std::ranges::find(kEventKinds, std::string_view(report.event.kind));
  // The kind of a webhook's events is what happened ("video.uploaded").
  const auto kind =
      known == kEventKinds.end() ? kEventKinds.size() - 1 : static_cast<std::size_t>(known - kEventKinds.begin());
  std::size_t outcome = 1;
  if (report.event.state == catalog::EventState::delivered) outcome = 0;
  if (report.event.state == catalog::EventState::dead) outcome = 2;
  counts_[kind][outcome].add();
}

}  // namespace stile::app
