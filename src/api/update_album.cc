// album/update.
#include "api/album_methods.h"
#include "api/envelope.h"

namespace stile::api {
namespace {

Outcome<catalog::AlbumChange> read_change(const Call& call, const TextRules& rules) {
  ParameterReader reader(call.params);
  catalog::AlbumChange change{.album_id = reader.id("album_id")};
  if (change.album_id == 0) reader.complain(Code::invalid_input, "album_id is required");
  if (call.params.has("title")) change.title = reader.title("title", rules.max_title);
  if (change.title == "") reader.complain(Code::invalid_input, "title must not be empty");
  if (call.params.has("description")) change.description = reader.description("description", rules.max_description);
  change.hidden = reader.optional_flag("hide_p");
  if (reader.problem()) return std::unexpected(*reader.problem());
  return change;
}

}  // namespace

io::Task<http::Reply> update_album(Call call, Format format, const Services& services) {
  auto change = read_change(call, services.rules.text);
  if (!change) co_return error_reply(call, format, change.error());
  const auto changed = co_await services.library.update_album(std::move(*change), call.now);
  if (!changed && changed.error().code == Errc::not_found)
    co_return error_reply(call, format, problem(Code::no_such_album));
  if (!changed) co_return error_reply(call, format, services.trouble(call, changed.error()));
  co_return ok_reply(call, format, services.site,
                     Answer{.message = "The album was successfully updated", .payload = Single{"album", Object()}});
}

}  // namespace stile::api
