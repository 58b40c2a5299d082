#include "app/request_stats.h"

#include <gtest/gtest.h>

namespace stile::app {
namespace {

TEST(RouteOf, KnowsKindsOfAddressesAndNothingElse) {
  EXPECT_EQ(route_of("/api/photo/redeem-upload-token"), Route::redeem);
  EXPECT_EQ(route_of("/api/2/photo/redeem-replace-token"), Route::redeem);
  EXPECT_EQ(route_of("/api/2/photo/upload"), Route::file);
  EXPECT_EQ(route_of("/api/photo/list"), Route::api);
  EXPECT_EQ(route_of("/api/anything a client says"), Route::api);
  EXPECT_EQ(route_of("/upload/secret"), Route::page);
  EXPECT_EQ(route_of("/oauth/authorize"), Route::oauth);
  EXPECT_EQ(route_of("/1/23/0123456789abcdef0123456789abcdef/original"), Route::download);
  EXPECT_EQ(route_of("/metrics"), Route::probe);
  EXPECT_EQ(route_of("/wp-admin"), Route::other);
}

TEST(RequestStats, CountsByRouteAndClass) {
  RequestStats stats;
  http::RequestHead head;
  const std::string peer;
  const std::string id;
  const auto note = [&](std::string path, int status, bool delivered) {
    head.path = std::move(path);
    stats.note({head, peer, id, status, 10, 3, std::chrono::milliseconds(2), delivered, id});
  };
  note("/api/photo/list", 200, true);
  note("/api/photo/list", 204, false);
  note("/api/photo/list", 503, true);
  note("/nothing", 999, true);  // whatever it is, it has a place
  EXPECT_EQ(stats.count(Route::api, 2), 2u);
  EXPECT_EQ(stats.count(Route::api, 5), 1u);
  EXPECT_EQ(stats.count(Route::other, 5), 1u);
  EXPECT_EQ(stats.received().value(), 40u);
  EXPECT_EQ(stats.sent().value(), 12u);
  EXPECT_EQ(stats.undelivered().value(), 1u);
  EXPECT_EQ(stats.took(Route::api).view().sum, 6'000'000u);
}

TEST(DeliveryStats, CountsByKindAndOutcome) {
  DeliveryStats stats;
  const auto note = [&](std::string kind, catalog::EventState state) {
    catalog::Event event;
    event.event_id = 1;
    event.kind = std::move(kind);
    event.state = state;
    stats.note({event, 200, ""});
  };
  note("callback", catalog::EventState::delivered);
  note("video.uploaded", catalog::EventState::waiting);
  note("pingback", catalog::EventState::dead);
  stats.note({{}, 0, "catalog: io_error"});
  EXPECT_EQ(stats.count(0, 0), 1u);
  EXPECT_EQ(stats.count(2, 1), 1u);
  EXPECT_EQ(stats.count(1, 2), 1u);
  EXPECT_EQ(stats.catalog_troubles().value(), 1u);
}

}  // namespace
}  // namespace stile::app
