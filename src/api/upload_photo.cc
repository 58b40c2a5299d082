// photo/upload.
#include "api/album_methods.h"
#include "api/envelope.h"
#include "api/file_calls.h"
#include "api/token_methods.h"

namespace stile::api {
namespace {

struct Facts {
  std::int64_t user_id = 0;
  catalog::Metadata metadata;
};

// What becomes of the file. Unlike a token's, v1 has publish_date here.
Outcome<Facts> read_facts(const Call& call, const Rules& rules) {
  ParameterReader reader(call.params);
  Facts facts;
  facts.metadata = read_metadata(call, rules, reader);
  facts.metadata.publish_date = reader.date("publish_date");
  if (facts.metadata.publish_date && *facts.metadata.publish_date > call.now) facts.metadata.publish = false;
  const std::int64_t user_id = reader.id("user_id");
  facts.user_id = call.caller.level == auth::Level::super && user_id != 0 ? user_id : call.caller.user_id;
  if (reader.problem()) return std::unexpected(*reader.problem());
  return facts;
}

Outcome<> check_request(const Call& call, bool has_file) {
  ParameterReader reader(call.params);
  const bool placeholder = reader.flag("placeholder_p", false);
  if (reader.problem()) return std::unexpected(*reader.problem());
  // Every photo is a file that has landed; a row without one would be half of it.
  if (placeholder) return refuse(Code::feature_not_available, "Placeholders are not available; upload the file itself");
  if (has_chunk_fields(call.params))
    return refuse(Code::invalid_input, "photo/upload takes whole files; chunks need an upload token");
  if (!has_file) return refuse(Code::no_file);
  return {};
}

// The facts, when they are good and the albums there.
io::Task<Outcome<Facts>> judge(const Call& call, bool has_file, const Services& services) {
  if (const auto fine = check_request(call, has_file); !fine) co_return std::unexpected(fine.error());
  auto facts = read_facts(call, services.rules);
  if (!facts) co_return facts;
  auto albums = parse_album_ids(facts->metadata.album_ids, services.rules.token.max_albums);
  if (!albums) co_return std::unexpected(albums.error());
  const auto known = co_await check_albums(call, std::move(*albums), services);
  if (!known) co_return std::unexpected(known.error());
  co_return facts;
}

}  // namespace

io::Task<http::Reply> upload_photo(http::Request& request, Call call, FileCallParts parts) {
  FileCaller caller(request, call, parts);
  if (carrier_of(request.head) == Carrier::multipart) co_await caller.identify_by_head();
  Params fields;
  std::string file_name;
  std::optional<engine::Spool> spool;
  const FileFormLimits limits{parts.settings.max_form_fields, parts.settings.max_field_bytes,
                              parts.settings.max_form_bytes};
  const auto take = [&](http::PartHead part, io::ByteSource& content) -> io::Task<Result<void>> {
    // Nobody reads a file from somebody who may not send one.
    if (!caller.may_write()) co_return fail(Errc::permission_denied);
    file_name = part.file_name.value_or("");
    auto taken =
        co_await parts.engine.spool(content, {parts.engine.settings().max_file_bytes, engine::SpoolJudging::judge,
                                              engine::SpoolFor::token, request.head.content_length, 0, nullptr,
                                              request.id});
    // A form's empty file field sends no name and no bytes.
    if (!taken && taken.error().code == Errc::empty_file && file_name.empty()) co_return fail(Errc::no_file);
    if (!taken) co_return fail(std::move(taken).error());
    request.subject = call.upload_id = taken->upload_id();
    spool = std::move(*taken);
    co_return Result<void>{};
  };
  const auto received = co_await read_file_form(request, limits, fields, take);
  co_await caller.identify_by(fields);
  const auto parsed = Format::from(call.params, call.generation);
  const Format format = parsed ? *parsed : Format::fallback(call.params, call.generation);
  if (const auto refused = caller.refusal()) co_return error_reply(call, format, *refused);
  if (!parsed) co_return error_reply(call, format, problem_of(parsed.error()));
  if (!received) co_return error_reply(call, format, file_problem(call, parts.services, received.error()));
  auto facts = co_await judge(call, spool.has_value(), parts.services);
  if (!facts) co_return error_reply(call, format, facts.error());
  const auto photo = co_await parts.engine.finish_direct(
      std::move(*spool), {.user_id = facts->user_id, .metadata = std::move(facts->metadata), .file_name = file_name});
  if (!photo) co_return error_reply(call, format, file_problem(call, parts.services, photo.error()));
  co_return photo_reply(call, format, parts.services, "The file was successfully uploaded", "upload", *photo);
}

}  // namespace stile::api
