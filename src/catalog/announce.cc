#include "catalog/announce.h"

#include <algorithm>
#include <boost/json.hpp>
#include <span>
#include <vector>

#include "catalog/numbers.h"

namespace stile::catalog {

namespace {

// An event that is due later than this is not being sent at the moment, so whoever gets it reads the photo after this
// transaction.
constexpr Milliseconds kCertainlyLater{5'000};

// What is sent stands in the row, but for the site's name: who calls adds it.
std::string body_of(const Event& event, std::int64_t hook_id) {
  return boost::json::serialize(boost::json::object{{"event", event.kind},
                                                    {"event_id", event.event_id},
                                                    {"created_at", epoch_seconds(event.created_at)},
                                                    {"webhook_id", hook_id},
                                                    {"photo_id", event.photo_id}});
}

// Spec 3.17: appended with '&' when the URL has a query already. A fragment is never sent.
std::string pingback_url(const std::string& target, std::int64_t photo_id) {
  const std::string url = target.substr(0, target.find('#'));
  return url + (url.find('?') == std::string::npos ? "?" : "&") + "type=photo&photo_id=" + std::to_string(photo_id);
}

Event event_for(const Hook& hook, std::int64_t photo_id, PhotoNews news, WallTime now) {
  const bool pingback = hook.event == kPingback;
  Event event;
  event.kind = pingback ? kPingback : event_name(news);
  event.photo_id = photo_id;
  event.url = pingback ? pingback_url(hook.target_url, photo_id) : hook.target_url;
  event.created_at = event.next_attempt_at = now;
  event.signer = pingback ? consumer_signer(hook.consumer_key) : webhook_signer(hook.hook_id);
  return event;
}

// An event that will tell the same and has not begun to.
std::optional<std::int64_t> same_news(Session& session, const Event& event, WallTime now) {
  return session.one<std::int64_t>(
      "SELECT event_id FROM outbox WHERE state = 'waiting' AND photo_id = :photo_id AND kind = :kind "
      "AND signer = :signer AND url = :url AND next_attempt_at > :later LIMIT 1",
      event.photo_id, event.kind, event.signer, event.url, now + kCertainlyLater);
}

void add(Session& session, const Hook& hook, Event event) {
  static const std::string kInsert = insert_of<Event>();
  const bool has_body = hook.event != kPingback;
  if (const auto waiting = same_news(session, event, event.created_at)) {
    // As new as the one that is not added: it is tried for a whole day from now.
    event.event_id = *waiting;
    session.run("UPDATE outbox SET created_at = :created_at, body = :body WHERE event_id = :event_id", event.created_at,
                has_body ? body_of(event, hook.hook_id) : std::string(), event.event_id);
    return;
  }
  event.event_id = take_numbers(session, "event", 1);
  if (has_body) event.body = body_of(event, hook.hook_id);
  session.run(kInsert, event);
}

// Of applications whose credentials are good.
std::vector<Hook> hooks_of(Session& session, PhotoNews news) {
  static const std::string kFind = select_of<Hook>() +
                                   "WHERE event IN ('all', 'pingback', :event) AND EXISTS (SELECT 1 FROM credentials c "
                                   "WHERE c.consumer_key = hooks.consumer_key AND c.revoked = 0)";
  std::vector<Hook> hooks = session.all<Hook>(kFind, std::string(event_name(news)));
  std::ranges::sort(hooks, {}, &Hook::hook_id);
  return hooks;
}

}  // namespace

std::string_view event_name(PhotoNews news) {
  switch (news) {
    case PhotoNews::uploaded: return "video.uploaded";
    case PhotoNews::updated: return "video.updated";
    case PhotoNews::replaced: return "video.replaced";
    case PhotoNews::deleted: return "video.deleted";
  }
  return {};
}

void announce_photo(Session& session, std::int64_t photo_id, PhotoNews news, WallTime now) {
  for (const Hook& hook : hooks_of(session, news)) add(session, hook, event_for(hook, photo_id, news, now));
}

bool is_news(const Photo& before, const Photo& after) {
  const auto described = [](Photo photo) {
    photo.edited_at.reset();
    std::vector<Slot> slots;
    append_slots<Photo>(slots);
    std::span<Slot> rest = slots;
    write_slots(rest, photo);
    return slots;
  };
  const auto same = [](const Slot& a, const Slot& b) {
    return a.null == b.null && a.text == b.text && a.number == b.number;
  };
  return !std::ranges::equal(described(before), described(after), same);
}

}  // namespace stile::catalog
