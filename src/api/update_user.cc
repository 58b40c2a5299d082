// user/update.
#include "api/envelope.h"
#include "api/user_methods.h"

namespace stile::api {

io::Task<http::Reply> update_user(Call call, Format format, const Services& services) {
  ParameterReader reader(call.params);
  const std::int64_t named = reader.id("user_id");
  if (reader.problem()) co_return error_reply(call, format, *reader.problem());
  const std::int64_t user_id = named == 0 ? call.caller.user_id : named;
  if (user_id != call.caller.user_id && !call.caller.may(auth::Level::super))
    co_return error_reply(call, format, permission_denied(auth::Level::super));
  auto user = co_await services.library.find_user(user_id);
  if (!user) co_return error_reply(call, format, services.trouble(call, user.error()));
  if (!user->has_value()) co_return error_reply(call, format, problem(Code::no_such_user));
  auto password = read_user(call, **user);
  if (!password) co_return error_reply(call, format, password.error());
  const bool new_password = !password->empty();
  if (new_password) {
    auto hash = co_await services.passwords->hash(std::move(*password));
    if (!hash) co_return error_reply(call, format, services.trouble(call, hash.error()));
    (*user)->password_hash = std::move(*hash);
  }
  const auto updated = co_await services.library.update_user(std::move(**user));
  if (!updated && updated.error().code == Errc::already_exists)
    co_return error_reply(call, format, problem(Code::user_already_exists));
  if (!updated && updated.error().code == Errc::not_found)
    co_return error_reply(call, format, problem(Code::no_such_user));
  if (!updated) co_return error_reply(call, format, services.trouble(call, updated.error()));
  // Whoever knew the old password is logged out with it.
  if (new_password) {
    const auto ended = co_await services.logins.end_sessions_of(user_id);
    if (!ended) co_return error_reply(call, format, services.trouble(call, ended.error()));
  }
  co_return ok_reply(call, format, services.site, Answer{.message = "The user was updated"});
}

}  // namespace stile::api
