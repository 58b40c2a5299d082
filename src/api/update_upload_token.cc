// photo/update-upload-token: who uploads says afterwards what the files are. Source: spec/api.md 3.3, 6.26.
//
// The token is the permission, at every level. What is not given stays; what is given and empty clears, as in
// photo/update.
#include "api/album_methods.h"
#include "api/envelope.h"
#include "api/token_methods.h"
#include "api/token_photos.h"
#include "dialects/resumable.h"

namespace stile::api {
namespace {

constexpr std::size_t kMaxAlbumText = 2'000;
constexpr std::size_t kMaxIdentifier = 4'000;

Outcome<catalog::UploadsChange> read_change(const Call& call, const Rules& rules) {
  ParameterReader reader(call.params);
  catalog::UploadsChange change{.token = std::string(call.params.get_or("upload_token", ""))};
  const std::string identifier = reader.text("resumableIdentifier", kMaxIdentifier);
  if (!identifier.empty()) change.identifier = dialects::reduce_identifier(identifier);
  if (call.params.has("title")) change.title = reader.title("title", rules.text.max_title);
  if (call.params.has("description"))
    change.description = reader.description("description", rules.text.max_description);
  if (call.params.has("tags")) change.tags = reader.text("tags", rules.text.max_tags);
  if (call.params.has("album_id")) change.album_ids = reader.text("album_id", kMaxAlbumText);
  change.publish = reader.optional_flag("publish");
  if (reader.problem()) return std::unexpected(*reader.problem());
  return change;
}

}  // namespace

io::Task<http::Reply> update_upload_token(Call call, Format format, const Services& services) {
  if (call.params.get_or("upload_token", "").empty())
    co_return error_reply(call, format, problem(Code::invalid_input, "upload_token is required"));
  // Before anything else is said, so that only who holds the token learns about albums.
  const auto token = co_await holder_of(call, services);
  if (!token) co_return error_reply(call, format, token.error());
  auto change = read_change(call, services.rules);
  if (!change) co_return error_reply(call, format, change.error());
  auto albums = parse_album_ids(change->album_ids.value_or(""), services.rules.token.max_albums);
  if (!albums) co_return error_reply(call, format, albums.error());
  const auto known = co_await check_albums(call, std::move(*albums), services);
  if (!known) co_return error_reply(call, format, known.error());
  const auto changed = co_await services.tokens.change_uploads(std::move(*change), call.now);
  if (!changed && !is_temporary(changed.error().code)) co_return error_reply(call, format, problem_of(changed.error()));
  if (!changed) co_return error_reply(call, format, services.trouble(call, changed.error()));
  if (services.wake_outbox) services.wake_outbox();
  co_return ok_reply(call, format, services.site,
                     Answer{.message = "The token information was updated", .payload = Single{"photo", Object()}});
}

}  // namespace stile::api
