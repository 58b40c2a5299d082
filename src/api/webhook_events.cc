// webhook/events and webhook/sample.
#include <algorithm>
#include <array>

#include "api/envelope.h"
#include "api/webhook_methods.h"
#include "catalog/hooks.h"

namespace stile::api {
namespace {

constexpr std::array kEvents{
    WebhookEvent{"video.uploaded", "A photo, video or audio file has arrived"},
    WebhookEvent{"video.updated", "Its title, description, tags, albums, publication or another property has changed"},
    WebhookEvent{"video.replaced", "It has got another file, or another poster"},
    WebhookEvent{"video.deleted", "It is gone"},
    WebhookEvent{catalog::kEveryEvent, "Each of the above"},
};

}  // namespace

std::span<const WebhookEvent> webhook_events() { return kEvents; }

io::Task<http::Reply> list_webhook_events(Call call, Format format, const Services& services) {
  List list{.name = "event",
            .plural = "events",
            .items = {},
            .page = std::nullopt,
            .total_count = static_cast<std::int64_t>(kEvents.size())};
  for (const WebhookEvent& event : kEvents) {
    Object object;
    object.text("event", std::string(event.name)).text("description", std::string(event.meaning));
    list.items.push_back(std::move(object));
  }
  co_return ok_reply(call, format, services.site, Answer{.payload = std::move(list)});
}

// What would be posted, with numbers that stand for others.
io::Task<http::Reply> sample_webhook(Call call, Format format, const Services& services) {
  ParameterReader reader(call.params);
  const std::string event =
      reader.choice("event", {"video.uploaded", "video.updated", "video.replaced", "video.deleted"});
  if (reader.problem()) co_return error_reply(call, format, *reader.problem());
  Object object;
  object.text("domain", services.site.domain)
      .text("event", event)
      .number("event_id", 4711)
      .number("created_at", epoch_seconds(call.now))
      .number("webhook_id", 7)
      .number("photo_id", 12345);
  co_return ok_reply(call, format, services.site, Answer{.payload = Single{"sample", std::move(object)}});
}

}  // namespace stile::api
