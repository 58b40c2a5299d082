// photo/delete: out of the catalog first, so that nobody can read it; its files next (engine/file_remover.h).
#include "api/envelope.h"
#include "api/photo_methods.h"
#include "base/failpoint.h"

namespace stile::api {

io::Task<http::Reply> delete_photo(Call call, Format format, const Services& services) {
  const auto photo_id = required_photo_id(call);
  if (!photo_id) co_return error_reply(call, format, photo_id.error());
  const auto deleted = co_await services.library.delete_photo(*photo_id, call.now);
  if (!deleted && deleted.error().code == Errc::not_found)
    co_return error_reply(call, format, problem(Code::no_such_photo));
  if (!deleted) co_return error_reply(call, format, services.trouble(call, deleted.error()));
  failpoint("delete.committed");
  if (services.wake_outbox) services.wake_outbox();
  if (services.remove_files) co_await services.remove_files(*deleted);
  co_return ok_reply(call, format, services.site,
                     Answer{.message = "The photo/video was deleted", .payload = Single{"photo", Object()}});
}

}  // namespace stile::api
