// user/list.
#include "api/envelope.h"
#include "api/user_methods.h"
#include "base/text.h"

namespace stile::api {
namespace {

constexpr std::size_t kMaxSearch = 500;

// Below admin, an order by what is not shown would show it.
catalog::UserOrder read_order(ParameterReader& reader, bool admin) {
  const std::string order = reader.choice(
      "orderby", {"display_name", "username", "site_admin_p", "email", "creation_date", "last_login"});
  if (order == "username") return catalog::UserOrder::username;
  if (order == "creation_date") return catalog::UserOrder::created;
  if (!admin) return catalog::UserOrder::name;
  if (order == "site_admin_p") return catalog::UserOrder::site_admin;
  if (order == "email") return catalog::UserOrder::email;
  return order == "last_login" ? catalog::UserOrder::last_login : catalog::UserOrder::name;
}

Object user_object(const catalog::User& user, const Format& format, bool admin) {
  Object object;
  object.number("user_id", user.user_id)
      .text("username", user.username)
      .text("display_name", user.name)
      .text("url", user_url(user.username));
  if (admin) {
    object.text("full_name", user.full_name).text("email", user.email);
    if (format.v2_json())
      object.flag("site_admin", user.site_admin);
    else if (format.syntax == Format::Syntax::xml)
      object.text("site_admin", user.site_admin ? "t" : "f");
    else
      object.text("site_admin", user.site_admin ? "1" : "0");
  }
  object.long_text("about_abstract", user.about);
  return object;
}

}  // namespace

std::string user_url(const std::string& username) { return "/user/" + percent_encode(username) + "/"; }

io::Task<http::Reply> list_users(Call call, Format format, const Services& services) {
  const bool admin = call.caller.may(auth::Level::admin);
  ParameterReader reader(call.params);
  catalog::UserQuery query;
  if (const std::int64_t user_id = reader.id("user_id"); user_id != 0) query.user_id = user_id;
  query.search = trim(reader.text("search", kMaxSearch));
  query.search_email = admin;
  query.order = read_order(reader, admin);
  query.direction = reader.direction();
  const Page page = reader.page();
  query.offset = offset_of(page);
  query.limit = page.size;
  if (reader.problem()) co_return error_reply(call, format, *reader.problem());
  const auto listing = co_await services.library.list_users(std::move(query));
  if (!listing) co_return error_reply(call, format, services.trouble(call, listing.error()));
  List list{.name = "user", .plural = "users", .items = {}, .page = page, .total_count = listing->total};
  for (const catalog::User& user : listing->items) list.items.push_back(user_object(user, format, admin));
  co_return ok_reply(call, format, services.site, Answer{.payload = std::move(list)});
}

}  // namespace stile::api
