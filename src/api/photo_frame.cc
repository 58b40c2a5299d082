// photo/frame: a still of a video. Nothing takes stills yet: whoever may see the photo and asks properly hears that the
// feature is not available; the rest hears what is wrong, as it will once there are stills.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "api/envelope.h"
#include "api/photo_methods.h"
#include "auth/object_token.h"
#include "base/text.h"

namespace stile::api {
namespace {

constexpr std::size_t kMaxText = 300;

bool is_time(std::string_view text) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  return error == std::errc() && end == text.data() + text.size() && std::isfinite(seconds) && seconds >= 0;
}

// "640x360"
bool is_size(std::string_view text) {
  const auto parts = split(text, 'x');
  constexpr std::uint64_t kMaxSide = 10'000;
  return parts.size() == 2 && std::ranges::all_of(parts, [](std::string_view part) {
    const auto side = parse_u64(part);
    return side && *side >= 1 && *side <= kMaxSide;
  });
}

struct Request {
  std::int64_t photo_id = 0;
  std::string token;
  std::string upload_token;
};

Outcome<Request> read_request(const Call& call) {
  ParameterReader reader(call.params);
  Request request{.photo_id = reader.id("photo_id"),
                  .token = reader.text("token", kMaxText),
                  .upload_token = reader.text("upload_token", kMaxText)};
  const std::string time = reader.text("time", kMaxText);
  const std::string size = reader.text("size", kMaxText);
  if (time.empty()) reader.complain(Code::invalid_input, "time is required");
  if (!time.empty() && !is_time(time)) reader.complain(Code::invalid_input, "time must be a number of seconds");
  if (!size.empty() && !is_size(size)) reader.complain(Code::invalid_input, "size must be like 640x360");
  if (request.photo_id == 0 && request.upload_token.empty())
    reader.complain(Code::invalid_input, "photo_id or upload_token is required");
  if (reader.problem()) return std::unexpected(*reader.problem());
  return request;
}

Outcome<> judge_photo(const Call& call, const Request& request, const std::optional<catalog::Photo>& photo) {
  if (!request.token.empty()) {
    if (photo && auth::photo_token_fits(request.token, photo->token, photo->photo_id, call.now)) return {};
    return refuse(Code::invalid_photo_token);
  }
  if (call.caller.may(auth::Level::read)) return photo ? Outcome<>() : refuse(Code::no_such_photo);
  if (!call.caller.may(auth::Level::anonymous)) return refuse(Code::token_required);
  return photo && photo->metadata.publish ? Outcome<>() : refuse(Code::no_such_photo);
}

io::Task<Outcome<>> judge(const Call& call, const Request& request, const Services& services) {
  if (request.photo_id != 0) {
    const auto photo = co_await services.catalog.find_photo(request.photo_id);
    if (!photo) co_return std::unexpected(services.trouble(call, photo.error()));
    co_return judge_photo(call, request, *photo);
  }
  const auto token = co_await services.catalog.find_token(request.upload_token);
  if (!token) co_return std::unexpected(services.trouble(call, token.error()));
  if (!token->has_value()) co_return refuse(Code::invalid_upload_token);
  co_return Outcome<>();
}

}  // namespace

io::Task<http::Reply> photo_frame(Call call, Format format, const Services& services) {
  const auto request = read_request(call);
  if (!request) co_return error_reply(call, format, request.error());
  const auto allowed = co_await judge(call, *request, services);
  if (!allowed) co_return error_reply(call, format, allowed.error());
  co_return error_reply(call, format, problem(Code::feature_not_available, "Stills of videos are not available"));
}

}  // namespace stile::api
