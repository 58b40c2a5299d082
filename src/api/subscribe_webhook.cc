// webhook/subscribe and webhook/unsubscribe.
#include <algorithm>

#include "api/envelope.h"
#include "api/webhook_methods.h"
#include "notify/callback_url.h"

namespace stile::api {
namespace {

constexpr std::size_t kSecretLength = 50;
constexpr std::size_t kMaxEventName = 100;

Outcome<catalog::Hook> read_hook(const Call& call, const Services& services) {
  ParameterReader reader(call.params);
  catalog::Hook hook;
  hook.target_url = reader.text("target_url", services.rules.text.max_url);
  hook.event = reader.text("event", kMaxEventName);
  if (hook.target_url.empty()) {
    reader.complain(Code::invalid_input, "target_url is required");
  } else if (const auto checked = notify::check_return_url(hook.target_url); !checked) {
    std::string words = checked.error().message;  // they begin with the name of the parameter
    if (words.starts_with("return_url")) words.replace(0, 10, "target_url");
    reader.complain(Code::invalid_input, words);
  }
  if (hook.event.empty()) reader.complain(Code::invalid_input, "event is required");
  if (std::ranges::find(webhook_events(), hook.event, &WebhookEvent::name) == webhook_events().end())
    reader.complain(Code::invalid_input, "There is no such event; webhook/events lists them");
  if (reader.problem()) return std::unexpected(*reader.problem());
  hook.target_url = notify::encode_return_url(hook.target_url);
  hook.consumer_key = call.consumer_key;
  hook.secret = random_alphanumeric(services.random, kSecretLength);
  hook.created_at = call.now;
  return hook;
}

}  // namespace

io::Task<http::Reply> subscribe_webhook(Call call, Format format, const Services& services) {
  if (call.consumer_key.empty())
    co_return error_reply(call, format,
                          problem(Code::permission_denied, "A webhook belongs to an application: show its keys"));
  auto hook = read_hook(call, services);
  if (!hook) co_return error_reply(call, format, hook.error());
  const std::int64_t most = services.rules.max_webhooks;
  const auto made = co_await services.hooks.subscribe(std::move(*hook), most);
  if (!made && made.error().code == Errc::limit) {
    Problem told = problem(Code::creation_error,
                           "This application has " + std::to_string(most) + " webhooks already; end one of them first");
    told.v2_status = 400;  // it is the caller's to solve
    co_return error_reply(call, format, told);
  }
  if (!made) co_return error_reply(call, format, services.trouble(call, made.error()));
  Object object;
  object.number("webhook_id", made->hook.hook_id)
      .text("event", made->hook.event)
      .text("target_url", made->hook.target_url);
  if (made->is_new) {
    object.text("signing_secret", made->hook.secret);
  } else {
    object.null("signing_secret");  // whoever made it has been told
  }
  co_return ok_reply(call, format, services.site,
                     Answer{.message = "The webhook is subscribed", .payload = Single{"webhook", std::move(object)}});
}

io::Task<http::Reply> unsubscribe_webhook(Call call, Format format, const Services& services) {
  ParameterReader reader(call.params);
  catalog::HookFilter filter;
  if (const std::int64_t id = reader.id("webhook_id"); id != 0) filter.hook_id = id;
  if (std::string url = reader.text("target_url", services.rules.text.max_url); !url.empty())
    filter.target_url = notify::encode_return_url(url);
  if (!filter.hook_id && !filter.target_url)
    reader.complain(Code::invalid_input, "webhook_id or target_url is required");
  if (reader.problem()) co_return error_reply(call, format, *reader.problem());
  if (!call.caller.may(auth::Level::admin)) filter.consumer_key = call.consumer_key;
  const auto ended = co_await services.hooks.unsubscribe(std::move(filter));
  if (!ended) co_return error_reply(call, format, services.trouble(call, ended.error()));
  if (*ended == 0) co_return error_reply(call, format, problem(Code::no_such_object, "There is no such webhook"));
  co_return ok_reply(call, format, services.site,
                     Answer{.message = "The webhook was unsubscribed", .payload = Single{"webhook", Object()}});
}

}  // namespace stile::api
