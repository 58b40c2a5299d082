#include "api/album_methods.h"

#include <algorithm>

#include "api/envelope.h"
#include "base/text.h"

namespace stile::api {
namespace {

Outcome<catalog::Album> make_album(const Call& call, const Services& services) {
  const TextRules& rules = services.rules.text;
  ParameterReader reader(call.params);
  catalog::Album album;
  album.title = reader.title("title", rules.max_title);
  album.description = reader.description("description", rules.max_description);
  album.hidden = reader.flag("hide_p", false);
  album.user_id = call.caller.level == auth::Level::super ? reader.id("user_id") : call.caller.user_id;
  if (album.title.empty()) reader.complain(Code::invalid_input, "title is required");
  if (reader.problem()) return std::unexpected(*reader.problem());
  album.token = random_hex(services.random, 32);
  album.created_at = call.now;
  return album;
}

}  // namespace

io::Task<http::Reply> create_album(Call call, Format format, const Services& services) {
  auto made = make_album(call, services);
  if (!made) co_return error_reply(call, format, made.error());
  const auto album = co_await services.catalog.add_album(std::move(*made));
  if (!album) co_return error_reply(call, format, services.trouble(call, album.error()));
  Object object;
  object.number("album_id", album->album_id).text("token", album->token);
  co_return ok_reply(call, format, services.site,
                     Answer{.message = "The album was successfully created", .payload = Single{"album", object}});
}

Outcome<std::vector<std::int64_t>> parse_album_ids(std::string_view text, std::size_t max) {
  std::vector<std::int64_t> ids;
  for (const std::string_view piece : split(text, ',')) {
    const std::string_view digits = trim(piece);
    if (digits.empty()) continue;
    const auto id = parse_i64(digits);
    if (!id || *id <= 0) return refuse(Code::invalid_album, "album_id must be a comma-separated list of numbers");
    if (std::ranges::find(ids, *id) != ids.end()) continue;
    if (ids.size() == max)
      return refuse(Code::invalid_album, "album_id has more than " + std::to_string(max) + " numbers");
    ids.push_back(*id);
  }
  return ids;
}

io::Task<Outcome<>> check_albums(const Call& call, std::vector<std::int64_t> ids, const Services& services) {
  if (ids.empty()) co_return Outcome<>();
  const auto known = co_await services.catalog.known_albums(ids);
  if (!known) co_return std::unexpected(services.trouble(call, known.error()));
  for (const std::int64_t id : ids)
    if (std::ranges::find(*known, id) == known->end())
      co_return refuse(Code::no_such_album, "There is no album " + std::to_string(id));
  co_return Outcome<>();
}

}  // namespace stile::api
