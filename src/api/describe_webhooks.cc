// What webhook/* takes and answers.
#include "api/description.h"

namespace stile::api {
namespace {

constexpr Property kEvent[] = {out::text("event"), out::text("description")};

constexpr Property kListed[] = {out::id("webhook_id"), out::text("event"), out::text("target_url"),
                                out::text("consumer_key"), out::text("creation_date_ansi")};

constexpr Parameter kSample[] = {
    in::one_of("event", "video.uploaded video.updated video.replaced video.deleted", "What has happened"),
};
constexpr Property kBody[] = {out::text("domain"),       out::text("event"),    out::id("event_id"),
                              out::number("created_at"), out::id("webhook_id"), out::id("photo_id")};

constexpr Parameter kSubscribe[] = {
    in::text("target_url", "Where to POST to; http or https").required().up_to(2'000),
    in::text("event", "What to be told of; see webhook/events").required().up_to(100),
};
constexpr Property kSubscribed[] = {out::id("webhook_id"), out::text("event"), out::text("target_url"),
                                    out::text("signing_secret").or_null()};

constexpr Parameter kUnsubscribe[] = {
    in::id("webhook_id", "This webhook"),
    in::text("target_url", "Those that go to this URL").up_to(2'000),
};

using Data = Description::Data;
using Verb = Description::Verb;

constexpr Description kWebhooks[] = {
    {.name = "webhook/events",
     .tag = "webhook",
     .verb = Verb::get,
     .summary = "Lists what a webhook can be told of",
     .shape = Data::list,
     .data = kEvent},
    {.name = "webhook/list",
     .tag = "webhook",
     .verb = Verb::get,
     .summary = "Lists the application's webhooks, from level admin everybody's",
     .shape = Data::pages,
     .data = kListed},
    {.name = "webhook/sample",
     .tag = "webhook",
     .verb = Verb::get,
     .summary = "Shows what would be posted",
     .parameters = kSample,
     .data = kBody},
    {.name = "webhook/subscribe",
     .tag = "webhook",
     .summary = "Subscribes to an event",
     .remark = "The same event and URL twice is one webhook; its secret is shown the first time only.",
     .parameters = kSubscribe,
     .data = kSubscribed,
     .failures = {{Code::creation_error, 400}}},
    {.name = "webhook/unsubscribe",
     .tag = "webhook",
     .summary = "Ends webhooks of the application, from level admin anybody's",
     .remark = "webhook_id or target_url is required. What is still waiting to be sent is dropped.",
     .parameters = kUnsubscribe,
     .failures = {Code::no_such_object}},
};

}  // namespace

std::span<const Description> webhook_descriptions() { return kWebhooks; }

}  // namespace stile::api
