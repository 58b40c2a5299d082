// photo/delete-upload-token: whoever holds a token takes back what it made. Source: spec/api.md 3.4.
#include "api/envelope.h"
#include "api/photo_methods.h"
#include "api/token_methods.h"
#include "api/token_photos.h"

namespace stile::api {

io::Task<http::Reply> delete_upload_token(Call call, Format format, const Services& services) {
  const auto photo_id = required_photo_id(call);
  if (!photo_id) co_return error_reply(call, format, photo_id.error());
  if (call.params.get_or("upload_token", "").empty())
    co_return error_reply(call, format, problem(Code::invalid_input, "upload_token is required"));
  const auto token = co_await holder_of(call, services);
  if (!token) co_return error_reply(call, format, token.error());
  const auto photo = co_await photo_of_holder(call, *token, services);
  if (!photo) co_return error_reply(call, format, photo.error());
  co_return co_await delete_photo(std::move(call), std::move(format), services);
}

}  // namespace stile::api
