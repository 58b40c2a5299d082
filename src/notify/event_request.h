// What is sent for an event.
//
//   callback         GET of its URL
//   pingback         POST without a body, signed
//   "video.updated"  a webhook: POST of JSON, signed. The stored object, led by the site's name:
//                    {"domain":"media.example.com","event":"video.updated","event_id":12,…}
//
// Pure. Source: spec/api.md 3.17, 4.4.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "catalog/records.h"
#include "notify/http_client.h"

namespace stile::notify {

// The body of a webhook from what the catalog keeps of it.
std::string webhook_body(std::string_view domain, std::string_view stored);

// `secret` signs, when there is one, at the time `now`.
OutboundRequest request_for(const catalog::Event& event, std::string_view domain,
                            const std::optional<std::string>& secret, WallTime now);

// Whether an answer of this status means that the event has arrived. A callback's GET is what a browser would do, and
// a back end may send a browser on; what is posted has arrived only where it was taken.
bool is_delivery(const catalog::Event& event, int status);

}  // namespace stile::notify
