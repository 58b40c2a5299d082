// photo/update.
#include "api/album_methods.h"
#include "api/envelope.h"
#include "api/photo_methods.h"
#include "api/token_methods.h"
#include "api/token_words.h"
#include "api/variables.h"

namespace stile::api {

namespace {
constexpr std::size_t kMaxAlbumText = 2'000;
}  // namespace

Outcome<std::int64_t> required_photo_id(const Call& call) {
  ParameterReader reader(call.params);
  const std::int64_t photo_id = reader.id("photo_id");
  if (reader.problem()) return std::unexpected(*reader.problem());
  if (photo_id == 0) return refuse(Code::invalid_input, "photo_id is required");
  return photo_id;
}

Outcome<catalog::PhotoChange> read_photo_change(const Call& call, const Rules& rules, std::int64_t photo_id) {
  ParameterReader reader(call.params);
  catalog::PhotoChange change{.photo_id = photo_id};
  if (call.params.has("title")) change.title = reader.title("title", rules.text.max_title);
  if (call.params.has("description"))
    change.description = reader.description("description", rules.text.max_description);
  if (call.params.has("tags")) change.tags = reader.text("tags", rules.text.max_tags);
  if (call.params.has("album_id")) change.album_ids = reader.text("album_id", kMaxAlbumText);
  change.publish = reader.optional_flag("publish");
  if (const auto published = reader.optional_flag("published_p")) change.publish = published;
  if (call.generation == Generation::v2) {
    change.promoted = reader.optional_flag("promoted_p");
    change.publish_date = reader.date("publish_date");
    if (call.params.has("absolute_url")) change.absolute_url = reader.link("absolute_url", rules.text.max_url);
  }
  change.variables = read_variables(call.params, rules.variables, EmptyValues::kept, reader);
  if (change.album_ids) {
    const auto albums = parse_album_ids(*change.album_ids, rules.token.max_albums);
    if (!albums) reader.complain(albums.error().code, albums.error().message);
  }
  if (reader.problem()) return std::unexpected(*reader.problem());
  return change;
}

namespace {

// album_title (v2): the album of that title is one of the photo's, and is made when there is none. To make albums takes
// level write, which whoever shows an update token need not have: then it is ignored.
io::Task<Outcome<>> take_album_title(const Call& call, const Services& services, catalog::PhotoChange& change) {
  if (call.generation != Generation::v2 || !call.caller.may(auth::Level::write)) co_return Outcome<>();
  ParameterReader reader(call.params);
  catalog::Album album;
  album.title = reader.title("album_title", services.rules.text.max_title);
  if (reader.problem()) co_return std::unexpected(*reader.problem());
  if (album.title.empty()) co_return Outcome<>();
  album.token = random_hex(services.random, 32);
  album.user_id = call.caller.user_id;
  album.created_at = call.now;
  const auto found = co_await services.library.find_or_add_album(std::move(album));
  if (!found) co_return std::unexpected(services.trouble(call, found.error()));
  const std::string id = std::to_string(found->album_id);
  change.album_ids = change.album_ids.value_or("").empty() ? id : *change.album_ids + "," + id;
  co_return Outcome<>();
}

}  // namespace

io::Task<http::Reply> apply_photo_change(Call call, Format format, const Services& services,
                                         catalog::PhotoChange change, std::string update_token) {
  auto albums = parse_album_ids(change.album_ids.value_or(""), services.rules.token.max_albums);
  if (!albums) co_return error_reply(call, format, albums.error());
  // The photo first: an album that is missing too says nothing about it.
  const auto photo = co_await services.catalog.find_photo(change.photo_id);
  if (!photo) co_return error_reply(call, format, services.trouble(call, photo.error()));
  if (!photo->has_value()) co_return error_reply(call, format, problem(Code::no_such_photo));
  const auto known = co_await check_albums(call, std::move(*albums), services);
  if (!known) co_return error_reply(call, format, known.error());
  const auto titled = co_await take_album_title(call, services, change);
  if (!titled) co_return error_reply(call, format, titled.error());
  const auto changed = update_token.empty()
                           ? co_await services.library.update_photo(std::move(change), call.now)
                           : co_await services.tokens.redeem_update(std::move(update_token), std::move(change), call.now);
  if (!changed && changed.error().code == Errc::not_found)
    co_return error_reply(call, format, problem(Code::no_such_photo));
  if (!changed && !is_temporary(changed.error().code))
    co_return error_reply(call, format, problem_of(catalog::TokenKind::update, changed.error()));
  if (!changed) co_return error_reply(call, format, services.trouble(call, changed.error()));
  if (services.wake_outbox) services.wake_outbox();
  co_return ok_reply(call, format, services.site,
                     Answer{.message = "The photo/video was updated", .payload = Single{"photo", Object()}});
}

io::Task<http::Reply> update_photo(Call call, Format format, const Services& services) {
  if (!call.params.get_or("update_token", "").empty())
    co_return co_await redeem_update_token(std::move(call), std::move(format), services);
  const auto photo_id = required_photo_id(call);
  if (!photo_id) co_return error_reply(call, format, photo_id.error());
  auto change = read_photo_change(call, services.rules, *photo_id);
  if (!change) co_return error_reply(call, format, change.error());
  co_return co_await apply_photo_change(std::move(call), std::move(format), services, std::move(*change));
}

}  // namespace stile::api
