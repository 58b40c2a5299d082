// photo/replace.
#include "api/envelope.h"
#include "api/file_calls.h"
#include "api/photo_methods.h"
#include "api/token_photos.h"
#include "base/text.h"

namespace stile::api {
namespace {

constexpr std::size_t kMaxQueryPairs = 1'000;

// What is asked for and cannot be done, or not this way.
Outcome<> check_request(const Call& call, bool has_file) {
  ParameterReader reader(call.params);
  const bool crop = reader.flag("crop_p", false);
  if (reader.problem()) return std::unexpected(*reader.problem());
  if (has_chunk_fields(call.params)) return refuse(Code::invalid_input, "Chunks need a replace token");
  if (crop) return refuse(Code::feature_not_available, "Pictures cannot be cropped");
  if (has_file) return {};
  if (!call.params.get_or("time", "").empty())
    return refuse(Code::feature_not_available, "Stills cannot be taken from videos; send an image file");
  return refuse(Code::no_file);
}

struct Target {
  std::int64_t photo_id = 0;
  std::optional<catalog::Token> by_token = {};  // the upload token whose word it is
};

// Whose file it is: by upload token, in v2, or by the caller's own right.
io::Task<Outcome<Target>> find_target(const Call& call, const FileCaller& caller, const Services& services) {
  if (call.generation == Generation::v2 && !call.params.get_or("upload_token", "").empty()) {
    auto token = co_await holder_of(call, services);
    if (!token) co_return std::unexpected(token.error());
    const auto photo = co_await photo_of_holder(call, *token, services);
    if (!photo) co_return std::unexpected(photo.error());
    co_return Target{photo->photo_id, std::move(*token)};
  }
  if (const auto refused = caller.refusal()) co_return std::unexpected(*refused);
  const auto photo_id = required_photo_id(call);
  if (!photo_id) co_return std::unexpected(photo_id.error());
  const auto photo = co_await services.catalog.find_photo(*photo_id);
  if (!photo) co_return std::unexpected(services.trouble(call, photo.error()));
  if (!photo->has_value()) co_return refuse(Code::no_such_photo);
  co_return Target{*photo_id};
}

}  // namespace

io::Task<http::Reply> replace_photo(http::Request& request, Call call, FileCallParts parts) {
  FileCaller caller(request, call, parts);
  if (carrier_of(request.head) == Carrier::multipart) co_await caller.identify_by_head();
  RedeemCall form(request, call, catalog::TokenKind::replace, parts.engine, parts.services, parts.settings,
                  caller.may_write() ? RedeemCall::Sender::token : RedeemCall::Sender::stranger);
  auto received = co_await form.receive();
  // A form that broke off may not have got to its token; a chunk's sender understands but the answers to chunks.
  const bool is_chunk = has_chunk_fields(form.fields()) ||
                        has_chunk_fields(parse_form(request.head.query, kMaxQueryPairs).value_or(Params()));
  if (form.has_token() || (!received && is_chunk)) co_return co_await form.settle(std::move(received));

  co_await caller.identify_by(form.fields());
  const auto parsed = Format::from(call.params, call.generation);
  const Format format = parsed ? *parsed : Format::fallback(call.params, call.generation);
  if (!parsed) co_return error_reply(call, format, problem_of(parsed.error()));
  if (!received) co_return error_reply(call, format, file_problem(call, parts.services, received.error()));
  auto spool = form.take_spool();
  const auto target = co_await find_target(call, caller, parts.services);
  if (!target) co_return error_reply(call, format, target.error());
  if (const auto fine = check_request(call, spool.has_value()); !fine)
    co_return error_reply(call, format, fine.error());
  const auto photo = co_await parts.engine.finish_direct(
      std::move(*spool), {.photo_id = target->photo_id,
                          .file_name = form.file_name(),
                          .by_token = target->by_token ? &*target->by_token : nullptr});
  if (!photo) co_return error_reply(call, format, file_problem(call, parts.services, photo.error()));
  co_return photo_reply(call, format, parts.services, "The photo was successfully replaced", "photo", *photo);
}

}  // namespace stile::api
