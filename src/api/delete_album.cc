// album/delete.
#include "api/album_methods.h"
#include "api/envelope.h"

namespace stile::api {

io::Task<http::Reply> delete_album(Call call, Format format, const Services& services) {
  ParameterReader reader(call.params);
  const std::int64_t album_id = reader.id("album_id");
  if (album_id == 0) reader.complain(Code::invalid_input, "album_id is required");
  if (reader.problem()) co_return error_reply(call, format, *reader.problem());
  const auto deleted = co_await services.library.delete_album(album_id);
  if (!deleted && deleted.error().code == Errc::not_found)
    co_return error_reply(call, format, problem(Code::no_such_album));
  if (!deleted) co_return error_reply(call, format, services.trouble(call, deleted.error()));
  co_return ok_reply(call, format, services.site,
                     Answer{.message = "The album was deleted", .payload = Single{"album", Object()}});
}

}  // namespace stile::api
