// photo/get-transcoding-progress: how far each format is. There is nothing to transcode to yet, so what there is, the
// original, is there whole, and with it all. Values are strings in both generations (spec 3.14).
#include "api/envelope.h"
#include "api/photo_methods.h"

namespace stile::api {

io::Task<http::Reply> transcoding_progress(Call call, Format format, const Services& services) {
  const auto photo_id = required_photo_id(call);
  if (!photo_id) co_return error_reply(call, format, photo_id.error());
  ParameterReader reader(call.params);
  const bool percent = reader.flag("percentage_formated_p", false);
  if (reader.problem()) co_return error_reply(call, format, *reader.problem());
  const auto photo = co_await services.catalog.find_photo(*photo_id);
  if (!photo) co_return error_reply(call, format, services.trouble(call, photo.error()));
  if (!photo->has_value()) co_return error_reply(call, format, problem(Code::no_such_photo));
  const std::string done = percent ? "100%" : "1";
  Object progress;
  if ((*photo)->content_type.starts_with("video/")) progress.text("video_original", done);
  progress.text("all", done);
  co_return ok_reply(call, format, services.site, Answer{.payload = Single{"progress", std::move(progress)}});
}

}  // namespace stile::api
