#include "api/redeem.h"

#include <algorithm>
#include <vector>

#include "api/data_url_source.h"
#include "api/form_body.h"
#include "base/text.h"
#include "notify/callback_url.h"

namespace stile::api {
namespace {

constexpr std::size_t kMaxQueryPairs = 1000;

std::string media_type(const http::RequestHead& head) {
  const std::string_view value = head.header("content-type").value_or("");
  return to_lower(trim(value.substr(0, value.find(';'))));
}

}  // namespace

RedeemCall::RedeemCall(http::Request& request, Call call, engine::Engine& engine, const Services& services,
                       const RedeemSettings& settings)
    : request_(request), call_(std::move(call)), engine_(engine), services_(services), settings_(settings) {}

io::Task<http::Reply> RedeemCall::run() {
  auto progress = co_await process();
  call_.params = fields_;
  if (!progress) co_return co_await refuse(std::move(progress).error());
  if (!progress->has_value()) co_return chunk_stored_reply();
  const bool json = accepts_json(request_.head.header("accept").value_or(""));
  co_return finished_reply(call_, services_.site, **progress, {json, dialect()});
}

io::Task<Result<RedeemCall::Progress>> RedeemCall::process() {
  const std::string& method = request_.head.method;
  if (method == "GET" || method == "HEAD") co_return co_await process_query();
  const std::string type = media_type(request_.head);
  if (type == "multipart/form-data") {
    auto boundary = http::multipart_boundary(request_.head.header("content-type").value_or(""));
    if (!boundary) co_return fail(Errc::invalid_input, "the Content-Type has no valid multipart boundary");
    co_return co_await process_form(std::move(*boundary));
  }
  if (type.starts_with("multipart/")) co_return fail(Errc::invalid_input, "only multipart/form-data is understood");
  if (type == "application/x-www-form-urlencoded") co_return co_await process_urlencoded();
  co_return co_await process_octets();
}

// GET: "do you have this chunk?" A GET without a chunk has no file.
io::Task<Result<RedeemCall::Progress>> RedeemCall::process_query() {
  auto fields = parse_form(request_.head.query, kMaxQueryPairs);
  if (!fields) co_return fail(std::move(fields).error());
  fields_ = std::move(*fields);
  if (dialects::is_resumable(fields_)) co_return co_await test_chunk();
  co_return co_await nothing_sent();
}

// The body is the bare file or chunk; everything else stands in the query.
io::Task<Result<RedeemCall::Progress>> RedeemCall::process_octets() {
  auto fields = parse_form(request_.head.query, kMaxQueryPairs);
  if (!fields) co_return fail(std::move(fields).error());
  fields_ = std::move(*fields);
  if (dialects::is_resumable(fields_)) {
    dialects::BodyLength length;
    if (request_.head.framing == http::BodyFraming::length) length.exact = request_.head.content_length;
    auto chunk = dialects::read_chunk(fields_, length);
    if (!chunk) co_return fail(std::move(chunk).error());
    co_return co_await put_chunk(std::move(*chunk), request_.body);
  }
  if (request_.head.framing == http::BodyFraming::none) co_return co_await nothing_sent();
  auto known = co_await engine_.check_token(token(), call_.now);
  if (!known) co_return fail(std::move(known).error());
  auto spool = co_await engine_.spool(request_.body, {engine_.settings().max_file_bytes, engine::SpoolJudging::judge,
                                                      engine::SpoolFor::token, request_.head.content_length});
  if (!spool) co_return fail(std::move(spool).error());
  auto answer = co_await engine_.finish_spool(std::move(*spool), token(), std::string(fields_.get_or("filename", "")),
                                              extras(), call_.now);
  if (!answer) co_return fail(std::move(answer).error());
  co_return std::move(*answer);
}

io::Task<Result<RedeemCall::Progress>> RedeemCall::process_urlencoded() {
  auto fields = co_await read_form_body(request_.body, settings_.max_form_bytes, settings_.max_form_fields);
  if (!fields) co_return fail(std::move(fields).error());
  fields_ = std::move(*fields);
  co_return co_await nothing_sent();
}

io::Task<Result<RedeemCall::Progress>> RedeemCall::process_form(std::string boundary) {
  http::MultipartLimits limits;
  limits.max_parts = settings_.max_form_fields + 1;
  http::MultipartReader reader(request_.body, boundary, limits);
  for (;;) {
    auto part = co_await reader.next_part();
    if (!part) co_return fail(std::move(part).error());
    if (!part->has_value()) break;
    if ((*part)->name == "file") {
      if (file_seen_) co_return fail(Errc::invalid_input, "more than one file was sent; send one file per request");
      file_seen_ = true;
      STILE_CO_TRY(co_await take_file(std::move(**part), reader.content()));
    } else if (!(*part)->file_name) {
      STILE_CO_TRY(co_await take_field(reader, std::move((*part)->name)));
    }
    // A file of another name is nothing we were asked to keep.
  }
  co_return co_await settle_form();
}

io::Task<Result<void>> RedeemCall::take_field(http::MultipartReader& reader, std::string name) {
  auto value = co_await reader.read_text(settings_.max_field_bytes);
  if (!value) {
    if (value.error().code == Errc::limit)
      co_return fail(Errc::limit,
                     "the form field is longer than " + std::to_string(settings_.max_field_bytes) + " bytes");
    co_return fail(std::move(value).error());
  }
  if (!is_valid_utf8(*value) || value->find('\0') != std::string::npos)
    co_return fail(Errc::invalid_input, "a form field is not valid UTF-8");
  field_bytes_ += name.size() + value->size();
  if (field_bytes_ > settings_.max_form_bytes) co_return fail(Errc::limit, "the form's fields are too long together");
  fields_.add(std::move(name), std::move(*value));
  co_return Result<void>{};
}

// The file, or a chunk of one. If it is known by now where it belongs, it goes straight there.
io::Task<Result<void>> RedeemCall::take_file(http::PartHead part, io::ByteSource& content) {
  file_name_ = part.file_name.value_or("");
  DataUrlSource decoded(content);
  io::ByteSource& source = part.file_name ? content : static_cast<io::ByteSource&>(decoded);

  const bool has_token = fields_.has("upload_token");
  if (has_token && dialects::is_resumable(fields_)) {
    if (auto chunk = dialects::read_chunk(fields_, body_length())) {
      auto upload = co_await open_upload(*chunk);
      if (!upload) co_return fail(std::move(upload).error());
      written_ = std::move(*upload);
      if (engine_.has(written_, chunk->range)) co_return Result<void>{};  // the reader skips the bytes (I2)
      auto outcome =
          co_await engine_.write(written_, {chunk->range, chunk->shorter}, source, request_.body.interrupter());
      if (!outcome) co_return fail(std::move(outcome).error());
      co_return Result<void>{};
    }
  }
  if (has_token) {
    // A token that is no good needs no file. But whether this is a chunk, which decides how to say so, may only show in
    // the fields behind it.
    if (auto known = co_await engine_.check_token(token(), call_.now); !known) {
      refusal_ = std::move(known).error();
      co_return co_await discard(content);
    }
  }
  // (A chunk has no file name of its own on some clients, and a form's empty file field sends "" and no bytes.)
  auto spool = co_await engine_.spool(
      source, {engine_.settings().max_file_bytes, engine::SpoolJudging::doubtful,
               has_token ? engine::SpoolFor::token : engine::SpoolFor::stranger, request_.head.content_length});
  if (!spool) {
    if (spool.error().code == Errc::empty_file && file_name_.empty()) co_return fail(Errc::no_file);
    co_return fail(std::move(spool).error());
  }
  spool_ = std::move(*spool);
  co_return Result<void>{};
}

io::Task<Result<void>> RedeemCall::discard(io::ByteSource& content) {
  std::uint64_t left = settings_.max_discard_bytes;
  for (;;) {
    (void)co_await content.wait_readable(Milliseconds::max());
    std::vector<std::byte> buffer(64 * kKiB);
    auto got = co_await content.read(buffer);
    if (!got || *got > left) co_return fail(*refusal_);
    if (*got == 0) co_return Result<void>{};
    left -= *got;
  }
}

// The form has been read to its end.
io::Task<Result<RedeemCall::Progress>> RedeemCall::settle_form() {
  if (refusal_) co_return fail(*refusal_);
  if (written_) co_return co_await conclude(written_);
  if (!spool_) co_return co_await nothing_sent();
  if (!dialects::is_resumable(fields_)) {
    auto answer = co_await engine_.finish_spool(std::move(*spool_), token(), file_name_, extras(), call_.now);
    if (!answer) co_return fail(std::move(answer).error());
    co_return std::move(*answer);
  }
  auto chunk = dialects::read_chunk(fields_, {.exact = spool_->size(), .at_most = {}});
  if (!chunk) co_return fail(std::move(chunk).error());
  auto upload = co_await open_upload(*chunk);
  if (!upload) co_return fail(std::move(upload).error());
  if (!engine_.has(*upload, chunk->range)) {
    auto outcome = co_await engine_.write_spool(*upload, chunk->range, std::move(*spool_));
    if (!outcome) co_return fail(std::move(outcome).error());
  }
  co_return co_await conclude(std::move(*upload));
}

io::Task<Result<RedeemCall::Progress>> RedeemCall::test_chunk() {
  auto chunk = dialects::read_chunk(fields_, {});
  if (!chunk) co_return fail(std::move(chunk).error());
  auto upload = co_await engine_.find({token(), chunk->identifier, chunk->total_size});
  if (!upload && upload.error().code == Errc::not_found) {
    // Nothing of it is here; whether it may be sent is for the token to say.
    auto known = co_await engine_.check_token(token(), call_.now);
    if (!known) co_return fail(std::move(known).error());
    co_return fail(Errc::not_found);
  }
  if (!upload) co_return fail(std::move(upload).error());
  STILE_CO_TRY(engine_.may_go_on(*upload));
  if (!engine_.has(*upload, chunk->range) &&
      !(chunk->shorter && engine_.has(*upload, {chunk->range.begin, chunk->range.begin + *chunk->shorter})))
    co_return fail(Errc::not_found);
  co_return co_await conclude(std::move(*upload));
}

io::Task<Result<RedeemCall::Progress>> RedeemCall::put_chunk(dialects::Chunk chunk, io::ByteSource& source) {
  auto upload = co_await open_upload(chunk);
  if (!upload) co_return fail(std::move(upload).error());
  if (!engine_.has(*upload, chunk.range)) {
    auto outcome = co_await engine_.write(*upload, {chunk.range, chunk.shorter}, source, request_.body.interrupter());
    if (!outcome) co_return fail(std::move(outcome).error());
  }
  co_return co_await conclude(std::move(*upload));
}

io::Task<Result<engine::UploadHandle>> RedeemCall::open_upload(const dialects::Chunk& chunk) {
  if (chunk.range.size() > settings_.max_chunk_bytes) co_return fail(Errc::too_large, "The chunk is too large");
  engine::OpenRequest open;
  open.key = {token(), chunk.identifier, chunk.total_size};
  open.file_name = chunk.file_name.empty() ? file_name_ : chunk.file_name;
  open.extras = extras();
  co_return co_await engine_.open(std::move(open));
}

// A chunk is there; perhaps it was the last.
io::Task<Result<RedeemCall::Progress>> RedeemCall::conclude(engine::UploadHandle upload) {
  if (!engine_.complete(upload)) co_return Progress();
  auto answer = co_await engine_.finish(std::move(upload));
  if (!answer) co_return fail(std::move(answer).error());
  co_return std::move(*answer);
}

// A request without a file: the token decides which of the two errors it is.
io::Task<Result<RedeemCall::Progress>> RedeemCall::nothing_sent() {
  auto known = co_await engine_.check_token(token(), call_.now);
  if (!known) co_return fail(std::move(known).error());
  if (dialects::is_resumable(fields_)) co_return fail(Errc::invalid_input, "the request has no file field");
  co_return fail(Errc::no_file);
}

io::Task<http::Reply> RedeemCall::refuse(Error error) {
  const bool is_test = request_.head.method == "GET" || request_.head.method == "HEAD";
  const AnswerWish wish{accepts_json(request_.head.header("accept").value_or("")), dialect()};
  if (is_test && wish.dialect == dialects::Dialect::chunk && error.code == Errc::not_found) {
    http::Reply reply;
    reply.status = 204;  // "send it"
    reply.set("Cache-Control", "no-store");
    co_return reply;
  }
  if (is_temporary(error.code) && services_.on_trouble) services_.on_trouble(call_, error);

  std::optional<catalog::Token> known;
  if (wish.dialect == dialects::Dialect::form) {
    auto found = co_await engine_.check_token(token(), call_.now);
    if (found) known = std::move(*found);
    // The back end hears of a failure that is the uploader's own doing, as it would of a success.
    if (known && known->background_return && !known->return_url.empty() && !is_temporary(error.code))
      co_await announce_failure(*known, error);
  }
  http::Reply reply = refused_reply(call_, services_.site, error, known ? &*known : nullptr, extras(), wish);
  if (reply.status == 503 && wish.dialect == dialects::Dialect::chunk) reply.delay = settings_.retry_delay;
  co_return reply;
}

io::Task<void> RedeemCall::announce_failure(const catalog::Token& known, const Error& error) {
  const std::string words = dialects::words_of(error);
  const Params redeem_extras = extras();
  notify::CallbackFacts facts;
  facts.return_url = known.return_url;
  facts.domain = services_.site.domain;
  facts.token = known.token;
  facts.error_message = words;
  facts.token_extras = &known.extras;
  facts.redeem_extras = &redeem_extras;
  catalog::Event event;
  event.kind = "callback";
  event.url = notify::background_callback_url(facts);
  event.created_at = event.next_attempt_at = call_.now;
  auto stored = co_await services_.catalog.add_events({event});
  if (!stored && services_.on_trouble) services_.on_trouble(call_, stored.error());
  if (stored && services_.wake_outbox) services_.wake_outbox();
}

dialects::BodyLength RedeemCall::body_length() const {
  dialects::BodyLength length;
  if (request_.head.framing == http::BodyFraming::length) length.at_most = request_.head.content_length;
  return length;
}

dialects::Dialect RedeemCall::dialect() const {
  if (dialects::is_resumable(fields_)) return dialects::Dialect::chunk;
  // A refusal may come before the form's fields were read; Resumable.js says the same in the query.
  const auto query = parse_form(request_.head.query, kMaxQueryPairs);
  return query && dialects::is_resumable(*query) ? dialects::Dialect::chunk : dialects::Dialect::form;
}

Params RedeemCall::extras() const {
  Params extras;
  for (const auto& [name, value] : fields_) {
    if (name == "file" || name == "upload_token" || dialects::is_resumable_field(name) || is_formatting_parameter(name))
      continue;
    extras.add(name, value);
  }
  return extras;
}

}  // namespace stile::api
