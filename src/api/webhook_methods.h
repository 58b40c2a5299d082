// The methods webhook/…: who wants to be told of what happens to photos. v2 only. Source: spec/api.md 3.17.
//
// A webhook belongs to the application whose keys made it; callers of level admin see and end everybody's.
#pragma once

#include "api/methods.h"

namespace stile::api {

// list_webhooks.cc
io::Task<http::Reply> list_webhooks(Call call, Format format, const Services& services);
// subscribe_webhook.cc
io::Task<http::Reply> subscribe_webhook(Call call, Format format, const Services& services);
io::Task<http::Reply> unsubscribe_webhook(Call call, Format format, const Services& services);
// webhook_events.cc
io::Task<http::Reply> list_webhook_events(Call call, Format format, const Services& services);
io::Task<http::Reply> sample_webhook(Call call, Format format, const Services& services);

// What a webhook can be told of, by name; the last one stands for all of them.
struct WebhookEvent {
  std::string_view name;
  std::string_view meaning;
};
std::span<const WebhookEvent> webhook_events();

}  // namespace stile::api
