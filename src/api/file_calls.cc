#include "api/file_calls.h"

#include <algorithm>
#include <array>

#include "api/envelope.h"
#include "base/text.h"

namespace stile::api {

FileCaller::FileCaller(http::Request& request, Call& call, FileCallParts parts)
    : request_(request), call_(call), parts_(parts) {}

// The query of a POST is read when the settings say so (spec 6.1); that of a GET, and of octets, is the parameters.
Arguments FileCaller::arguments_of(const Params& fields) const {
  Arguments arguments;
  const Carrier carrier = carrier_of(request_.head);
  (carrier == Carrier::multipart ? arguments.parts : arguments.form) = fields;
  if (carrier == Carrier::octets) arguments.form = {};  // no parameters at all (spec 1.2)
  if (carrier != Carrier::query && parts_.identifier.settings().lenient_post_query)
    arguments.query = parse_form(request_.head.query, parts_.settings.max_form_fields).value_or(Params());
  return arguments;
}

io::Task<void> FileCaller::identify_by_head() { co_await identify(arguments_of({})); }

io::Task<void> FileCaller::identify_by(const Params& fields) {
  const Arguments arguments = arguments_of(fields);
  if (carrier_of(request_.head) != Carrier::multipart) co_await identify(arguments);
  call_.params = arguments.joined(query_unsigned_ ? Arguments::Query::dropped : Arguments::Query::counts);
}

io::Task<void> FileCaller::identify(const Arguments& arguments) {
  auto identity = co_await parts_.identifier.identify(request_.head, arguments, call_);
  if (!identity) {
    refused_ = identity.error();
    co_return;
  }
  call_.caller = identity->caller;
  query_unsigned_ = identity->query_unsigned;
}

std::optional<Problem> FileCaller::refusal() const {
  if (refused_) return refused_;
  if (!call_.caller.may(auth::Level::write)) return permission_denied(auth::Level::write);
  return std::nullopt;
}

bool has_chunk_fields(const Params& fields) {
  constexpr std::array<std::string_view, 3> kNames{"resumableChunkNumber", "resumableChunkSize", "resumableTotalSize"};
  return std::ranges::any_of(kNames, [&](std::string_view name) {
    const std::string_view value = fields.get_or(name, "");
    return !value.empty() && value != "0";
  });
}

http::Reply photo_reply(const Call& call, const Format& format, const Services& services, std::string message,
                        std::string name, const catalog::Photo& photo) {
  Object object;
  object.number("photo_id", photo.photo_id).number("tree_id", photo.tree_id).text("token", photo.token);
  return ok_reply(call, format, services.site,
                  Answer{.message = std::move(message), .payload = Single{std::move(name), std::move(object)}});
}

Problem file_problem(const Call& call, const Services& services, const Error& error) {
  if (is_temporary(error.code) && services.on_trouble) services.on_trouble(call, error);
  if (error.code == Errc::not_found) return problem(Code::no_such_photo, error.message);
  return problem_of(error);
}

}  // namespace stile::api
