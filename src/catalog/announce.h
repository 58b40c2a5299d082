// What happened to a photo is told to those who asked, in the transaction in which it happened. Internal to catalog/.
//
// Whoever writes a row of `photos` calls announce_photo beside link_photo and unlink_photo; tests/lint looks that they
// do. Costs one look into an index when nobody asked. Source: spec/api.md 3.17.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "catalog/hooks.h"
#include "catalog/session.h"

namespace stile::catalog {

// Puts one event per hook into the outbox. A receiver that is owed the same news of this photo already, and is being
// waited for, is owed it once: whoever is down gets one `video.updated` per photo when it is back, not hundreds.
void announce_photo(Session& session, std::int64_t photo_id, PhotoNews news, WallTime now);

// Whether a reader could tell the two apart: a change of nothing is no news.
bool is_news(const Photo& before, const Photo& after);

// How hooks are kept.
template <>
struct Columns<Hook> {
  static constexpr std::string_view kTable = "hooks";
  static void each(auto& hook, auto&& visit) {
    visit("hook_id", hook.hook_id);
    visit("consumer_key", hook.consumer_key);
    visit("event", hook.event);
    visit("target_url", hook.target_url);
    visit("secret", hook.secret);
    visit("created_at", hook.created_at);
  }
};

// How events name who signs them.
inline std::string webhook_signer(std::int64_t hook_id) { return "webhook:" + std::to_string(hook_id); }
inline std::string consumer_signer(std::string_view consumer_key) { return "consumer:" + std::string(consumer_key); }
inline constexpr std::string_view kPingback = "pingback";  // the event of a pingback's hook, and the kind of its events

}  // namespace stile::catalog
