// album/list. Below read: no hidden albums (but one whose token is shown), and neither `token` nor `hide_p` of any.
#include "api/album_methods.h"
#include "api/clean_html.h"
#include "api/dates.h"
#include "api/envelope.h"
#include "auth/object_token.h"
#include "base/text.h"

namespace stile::api {
namespace {

using auth::Level;

constexpr std::size_t kMaxSearch = 500;
constexpr std::size_t kMaxToken = 200;

struct Request {
  catalog::AlbumQuery query;
  Page page;
  std::string token;
};

catalog::AlbumOrder read_order(ParameterReader& reader) {
  const std::string order =
      reader.choice("orderby", {"creation_date", "sortkey", "title", "editing_date", "live_create"});
  if (order == "sortkey") return catalog::AlbumOrder::sortkey;
  if (order == "title") return catalog::AlbumOrder::title;
  return order == "editing_date" ? catalog::AlbumOrder::edited : catalog::AlbumOrder::created;
}

std::optional<std::int64_t> optional_id(ParameterReader& reader, std::string_view name) {
  const std::int64_t id = reader.id(name);
  return id == 0 ? std::nullopt : std::optional(id);
}

Outcome<Request> read_request(const Call& call) {
  ParameterReader reader(call.params);
  Request request;
  catalog::AlbumQuery& query = request.query;
  query.album_id = optional_id(reader, "album_id");
  query.user_id = call.params.get_or("user_id", "") == "me" ? call.caller.user_id : optional_id(reader, "user_id");
  query.photo_id = optional_id(reader, "photo_id");
  query.search = trim(reader.text("search", kMaxSearch));
  query.include_hidden = reader.flag("include_hidden_p", false);
  query.order = read_order(reader);
  query.direction = reader.direction();
  request.token = reader.text("token", kMaxToken);
  request.page = reader.page();
  query.offset = offset_of(request.page);
  query.limit = request.page.size;
  if (reader.problem()) return std::unexpected(*reader.problem());
  return request;
}

Object album_object(const catalog::ListedAlbum& item, bool may_read) {
  const catalog::Album& album = item.album;
  const std::string& username = item.user.username;
  Object object;
  object.number("album_id", album.album_id)
      .text("title", album.title)
      .text("pretty_date", pretty_date(album.created_at))
      .text("pretty_time", pretty_time(album.created_at))
      .text("one", "/album/" + std::to_string(album.album_id))
      .text("creation_date_ansi", ansi_date(album.created_at))
      .id("user_id", album.user_id)
      .text("display_name", item.user.name)
      .text("user_url", username.empty() ? "" : "/user/" + percent_encode(username) + "/")
      .text("username", username);
  if (may_read) object.text("token", album.token).flag("hide_p", album.hidden);
  object.long_text("content", album.description)
      .long_text("content_text", strip_markup(album.description).value_or(""));
  return object;
}

// Whether the request's token opens its album; true when none is shown and none is needed.
io::Task<Outcome<bool>> judge_token(const Call& call, const Request& request, const Services& services) {
  if (request.token.empty() || !request.query.album_id) {
    if (!call.caller.may(Level::anonymous)) co_return refuse(Code::token_required);
    co_return false;
  }
  const auto album = co_await services.library.find_album(*request.query.album_id);
  if (!album) co_return std::unexpected(services.trouble(call, album.error()));
  if (!album->has_value() || !auth::object_token_fits(request.token, (*album)->token))
    co_return refuse(Code::invalid_album_token);
  co_return true;
}

}  // namespace

io::Task<http::Reply> list_albums(Call call, Format format, const Services& services) {
  auto request = read_request(call);
  if (!request) co_return error_reply(call, format, request.error());
  const auto opened = co_await judge_token(call, *request, services);
  if (!opened) co_return error_reply(call, format, opened.error());
  const bool may_read = call.caller.may(Level::read);
  if (request->query.include_hidden && !may_read && !*opened)
    co_return error_reply(call, format, permission_denied(Level::read));
  request->query.include_hidden = request->query.include_hidden || *opened;
  const auto listing = co_await services.library.list_albums(request->query);
  if (!listing) co_return error_reply(call, format, services.trouble(call, listing.error()));
  List list{.name = "album", .plural = "albums", .items = {}, .page = request->page, .total_count = listing->total};
  for (const catalog::ListedAlbum& item : listing->items) list.items.push_back(album_object(item, may_read));
  co_return ok_reply(call, format, services.site, Answer{.payload = std::move(list)});
}

}  // namespace stile::api
