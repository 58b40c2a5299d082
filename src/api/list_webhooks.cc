// webhook/list. Secrets are never shown again.
#include "api/dates.h"
#include "api/envelope.h"
#include "api/webhook_methods.h"

namespace stile::api {

io::Task<http::Reply> list_webhooks(Call call, Format format, const Services& services) {
  ParameterReader reader(call.params);
  const Page page = reader.page();
  if (reader.problem()) co_return error_reply(call, format, *reader.problem());
  catalog::HookQuery query{.offset = offset_of(page), .limit = page.size};
  if (!call.caller.may(auth::Level::admin)) query.consumer_key = call.consumer_key;
  const auto listing = co_await services.hooks.list_hooks(query);
  if (!listing) co_return error_reply(call, format, services.trouble(call, listing.error()));
  List list{.name = "webhook", .plural = "webhooks", .items = {}, .page = page, .total_count = listing->total};
  for (const catalog::Hook& hook : listing->items) {
    Object object;
    object.number("webhook_id", hook.hook_id)
        .text("event", hook.event)
        .text("target_url", hook.target_url)
        .text("consumer_key", hook.consumer_key)
        .text("creation_date_ansi", ansi_date(hook.created_at));
    list.items.push_back(std::move(object));
  }
  co_return ok_reply(call, format, services.site, Answer{.payload = std::move(list)});
}

}  // namespace stile::api
