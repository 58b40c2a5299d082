// player/list and spot/list. Stile has neither players nor spots; clients that look through both get an empty page of
// each, in the form of every other list, instead of an error that they take for the whole site's.
#include "api/envelope.h"
#include "api/parameters.h"
#include "api/site_methods.h"

namespace stile::api {
namespace {

http::Reply empty_page(const Call& call, const Format& format, const Services& services, List list) {
  ParameterReader reader(call.params);
  list.page = reader.page();
  if (reader.problem()) return error_reply(call, format, *reader.problem());
  return ok_reply(call, format, services.site, Answer{.payload = std::move(list)});
}

}  // namespace

io::Task<http::Reply> list_players(Call call, Format format, const Services& services) {
  co_return empty_page(call, format, services, List{.name = "player", .plural = "players", .items = {}, .page = {}});
}

io::Task<http::Reply> list_spots(Call call, Format format, const Services& services) {
  co_return empty_page(call, format, services, List{.name = "spot", .plural = "spots", .items = {}, .page = {}});
}

}  // namespace stile::api
