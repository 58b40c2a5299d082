#include "api/methods.h"

#include <algorithm>

#include <array>

#include "api/album_methods.h"
#include "api/echo_method.h"
#include "api/envelope.h"
#include "api/login_methods.h"
#include "api/photo_methods.h"
#include "api/site_methods.h"
#include "api/tag_methods.h"
#include "api/token_life.h"
#include "api/token_methods.h"
#include "api/user_methods.h"
#include "api/user_tokens.h"
#include "api/webhook_methods.h"

namespace stile::api {
namespace {

using auth::Level;
using Offered = Method::Offered;

constexpr std::array kMethods{
    Method{"album/create", Level::write, Offered::both, create_album},
    Method{"album/delete", Level::write, Offered::both, delete_album},
    Method{"album/list", Level::none, Offered::both, list_albums},
    Method{"album/update", Level::write, Offered::both, update_album},
    Method{"concatenate", Level::none, Offered::v1, concatenate},
    Method{"echo", Level::none, Offered::both, echo},
    Method{"license/list", Level::anonymous, Offered::both, list_licenses},
    Method{"photo/delete", Level::write, Offered::both, delete_photo},
    Method{"photo/delete-upload-token", Level::none, Offered::v2, delete_upload_token},
    Method{"photo/frame", Level::none, Offered::both, photo_frame},
    Method{"photo/get-replace-token", Level::write, Offered::both, get_replace_token},
    Method{"photo/get-transcoding-progress", Level::read, Offered::both, transcoding_progress},
    Method{"photo/get-update-token", Level::write, Offered::both, get_update_token},
    Method{"photo/get-upload-token", Level::write, Offered::both, get_upload_token},
    Method{"photo/list", Level::none, Offered::both, list_photos},
    Method{"photo/redeem-update-token", Level::none, Offered::both, redeem_update_token},
    Method{"photo/update", Level::write, Offered::both, update_photo, "update_token"},
    Method{"photo/update-upload-token", Level::none, Offered::both, update_upload_token},
    Method{"player/list", Level::anonymous, Offered::v1, list_players},
    Method{"session/get-token", Level::super, Offered::both, get_session_token},
    Method{"session/redeem-token", Level::none, Offered::both, redeem_session_token},
    Method{"site/get", Level::anonymous, Offered::both, get_site},
    Method{"spot/list", Level::anonymous, Offered::v1, list_spots},
    Method{"tag/list", Level::anonymous, Offered::both, list_tags},
    Method{"tag/related", Level::anonymous, Offered::both, related_tags},
    Method{"token/extend", Level::write, Offered::v2, extend_token},
    Method{"token/list", Level::write, Offered::v2, list_tokens},
    Method{"token/revoke", Level::write, Offered::v2, revoke_token},
    Method{"token/show", Level::write, Offered::v2, show_token},
    Method{"user/create", Level::admin, Offered::both, create_user},
    Method{"user/get", Level::anonymous, Offered::both, get_user},
    Method{"user/get-login-token", Level::super, Offered::both, get_login_token},
    Method{"user/list", Level::anonymous, Offered::both, list_users},
    Method{"user/redeem-login-token", Level::none, Offered::both, redeem_login_token},
    Method{"user/tokens", Level::read, Offered::v2, user_tokens},
    Method{"user/update", Level::admin, Offered::both, update_user},
    Method{"webhook/events", Level::anonymous, Offered::v2, list_webhook_events},
    Method{"webhook/list", Level::read, Offered::v2, list_webhooks},
    Method{"webhook/sample", Level::anonymous, Offered::v2, sample_webhook},
    Method{"webhook/subscribe", Level::write, Offered::v2, subscribe_webhook},
    Method{"webhook/unsubscribe", Level::write, Offered::v2, unsubscribe_webhook},
};

constexpr std::array kStreamed{
    Method{"photo/redeem-replace-token", Level::none, Offered::both, nullptr},
    Method{"photo/redeem-upload-token", Level::none, Offered::both, nullptr},
    Method{"photo/replace", Level::write, Offered::both, nullptr, "replace_token"},
    Method{"photo/upload", Level::write, Offered::both, nullptr},
};

constexpr std::string_view kRoot = "/api/";
constexpr std::string_view kRootV2 = "/api/2/";

}  // namespace

std::span<const Method> methods() { return kMethods; }

std::span<const Method> streamed_methods() { return kStreamed; }

std::optional<Target> parse_target(std::string_view path) {
  const bool v2 = path.starts_with(kRootV2);
  if (!v2 && !path.starts_with(kRoot)) return std::nullopt;
  const std::string_view name = path.substr(v2 ? kRootV2.size() : kRoot.size());
  if (name.empty() || std::ranges::count(name, '/') > 1) return std::nullopt;  // "echo", "photo/list"
  return Target{v2 ? Generation::v2 : Generation::v1, std::string(kRoot).append(name)};
}

const Method* find_method(std::string_view endpoint, Generation generation) {
  if (!endpoint.starts_with(kRoot)) return nullptr;
  const Offered wanted = generation == Generation::v1 ? Offered::v1 : Offered::v2;
  for (const Method& method : kMethods)
    if (method.name == endpoint.substr(kRoot.size()))
      return method.offered == Offered::both || method.offered == wanted ? &method : nullptr;
  return nullptr;
}

io::Task<http::Reply> call_method(Call call, const Services& services) {
  auto format = Format::from(call.params, call.generation);
  if (!format) {
    const Format fallback = Format::fallback(call.params, call.generation);
    co_return error_reply(call, fallback, problem_of(format.error()));
  }
  const Method* method = find_method(call.endpoint, call.generation);
  if (!method) co_return error_reply(call, *format, problem(Code::no_such_object, "There is no such method"));
  const bool opened = !method->opened_by.empty() && !call.params.get_or(method->opened_by, "").empty();
  if (!opened && !call.caller.may(method->level)) co_return error_reply(call, *format, permission_denied(method->level));
  co_return co_await method->handler(std::move(call), std::move(*format), services);
}

}  // namespace stile::api
