// user/get.
#include "api/envelope.h"
#include "api/user_methods.h"

namespace stile::api {
namespace {

// XML says t and f here, JSON 1 and 0 (spec 6.19).
Object user_object(const catalog::User& user, const Format& format, bool whole) {
  Object object;
  object.number("user_id", user.user_id)
      .text("username", user.username)
      .text("url", user_url(user.username))
      .text("timezone", user.timezone)
      .text("about_abstract", user.about);
  if (!whole) return object;
  object.text("full_name", user.full_name).text("email", user.email);
  if (format.v2_json()) return object.flag("site_admin", user.site_admin);
  const bool xml = format.syntax == Format::Syntax::xml;
  return object.text("site_admin", user.site_admin ? (xml ? "t" : "1") : (xml ? "f" : "0"));
}

}  // namespace

io::Task<http::Reply> get_user(Call call, Format format, const Services& services) {
  ParameterReader reader(call.params);
  const std::int64_t named = reader.id("user_id");
  if (reader.problem()) co_return error_reply(call, format, *reader.problem());
  const std::int64_t user_id = named == 0 ? call.caller.user_id : named;
  const auto user = co_await services.library.find_user(user_id);
  if (!user) co_return error_reply(call, format, services.trouble(call, user.error()));
  if (!user->has_value()) co_return error_reply(call, format, problem(Code::no_such_user));
  const bool whole = call.caller.may(auth::Level::admin) || call.caller.user_id == user_id;
  co_return ok_reply(call, format, services.site,
                     Answer{.payload = Single{"user", user_object(**user, format, whole)}});
}

}  // namespace stile::api
