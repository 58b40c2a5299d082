#include "api/redeem.h"

#include <algorithm>
#include <vector>

#include "api/data_url_source.h"
#include "base/text.h"
#include "notify/callback_url.h"

namespace stile::api {
namespace {

constexpr std::size_t kMaxQueryPairs = 1000;
constexpr std::string_view kReplace = "/api/photo/replace";

auto progress_of(engine::FinalAnswer answer) { return std::make_unique<const engine::FinalAnswer>(std::move(answer)); }

bool may_belong_to_an_upload(const Error& refusal) {
  return refusal.code == Errc::token_used_up || refusal.code == Errc::token_expired;
}

}  // namespace

RedeemCall::RedeemCall(http::Request& request, Call call, catalog::TokenKind kind, engine::Engine& engine,
                       const Services& services, const RedeemSettings& settings, Sender sender)
    : request_(request), call_(std::move(call)), kind_(kind), engine_(engine), services_(services), settings_(settings),
      sender_(sender) {}

io::Task<http::Reply> RedeemCall::run() {
  auto received = co_await receive();
  co_return co_await settle(std::move(received));
}

io::Task<Result<void>> RedeemCall::receive() {
  const FileFormLimits limits{settings_.max_form_fields, settings_.max_field_bytes, settings_.max_form_bytes};
  return read_file_form(request_, limits, fields_, [this](http::PartHead part, io::ByteSource& content) {
    return take_file(std::move(part), content);
  });
}

io::Task<http::Reply> RedeemCall::settle(Result<void> received) {
  call_.params = fields_;
  if (!received) co_return co_await refuse(std::move(received).error());
  auto progress = co_await process();
  if (!progress) co_return co_await refuse(std::move(progress).error());
  if (*progress == nullptr) co_return chunk_stored_reply();
  co_return finished_reply(call_, services_.site, **progress, wish());
}

io::Task<Result<RedeemCall::Progress>> RedeemCall::process() {
  switch (carrier_of(request_.head)) {
    case Carrier::query:  // "do you have this chunk?" A GET without a chunk has no file.
      if (dialects::is_resumable(fields_)) return test_chunk();
      return nothing_sent();
    case Carrier::urlencoded: return nothing_sent();
    case Carrier::octets: return process_octets();
    case Carrier::multipart: return process_form();
  }
  return nothing_sent();
}

// The body is the bare file or chunk; everything else stands in the query.
io::Task<Result<RedeemCall::Progress>> RedeemCall::process_octets() {
  if (dialects::is_resumable(fields_)) return put_body_as_chunk();
  if (request_.head.framing == http::BodyFraming::none) return nothing_sent();
  return take_bare_file();
}

io::Task<Result<RedeemCall::Progress>> RedeemCall::put_body_as_chunk() {
  dialects::BodyLength length;
  if (request_.head.framing == http::BodyFraming::length) length.exact = request_.head.content_length;
  auto chunk = dialects::read_chunk(fields_, length);
  if (!chunk) co_return fail(std::move(chunk).error());
  auto upload = co_await open_upload(*chunk);
  if (!upload) co_return fail(std::move(upload).error());
  if (!engine_.has(*upload, chunk->range)) {
    auto outcome = co_await engine_.write(*upload, {chunk->range, chunk->shorter}, request_.body,
                                          request_.body.interrupter(), request_.id);
    if (!outcome) co_return fail(std::move(outcome).error());
  }
  co_return co_await conclude(std::move(*upload));
}

io::Task<Result<RedeemCall::Progress>> RedeemCall::take_bare_file() {
  auto known = co_await admit();
  if (!known) co_return fail(std::move(known).error());
  auto spool = co_await engine_.spool(
      request_.body, {engine_.settings().max_file_bytes, engine::SpoolJudging::judge, engine::SpoolFor::token,
                      request_.head.content_length, 0, &*known, request_.id});
  if (!spool) co_return fail(std::move(spool).error());
  is_about(spool->upload_id());
  auto answer = co_await engine_.finish_spool(std::move(*spool), token(), std::string(fields_.get_or("filename", "")),
                                              extras(), call_.now, kind_);
  if (!answer) co_return fail(std::move(answer).error());
  co_return progress_of(std::move(*answer));
}

// The file, or a chunk of one. If it is known by now where it belongs, it goes straight there.
io::Task<Result<void>> RedeemCall::take_file(http::PartHead part, io::ByteSource& content) {
  file_name_ = part.file_name.value_or("");
  DataUrlSource decoded(content);
  io::ByteSource& source = part.file_name ? content : static_cast<io::ByteSource&>(decoded);

  if (has_token() && dialects::is_resumable(fields_)) {
    if (auto chunk = dialects::read_chunk(fields_, body_length())) {
      auto upload = co_await open_upload(*chunk);
      if (!upload) co_return fail(std::move(upload).error());
      written_ = std::move(*upload);
      if (engine_.has(written_, chunk->range)) co_return Result<void>{};  // the reader skips the bytes (I2)
      auto outcome =
          co_await engine_.write(written_, {chunk->range, chunk->shorter}, source, request_.body.interrupter(),
                                 request_.id);
      if (!outcome) co_return fail(std::move(outcome).error());
      co_return Result<void>{};
    }
  }
  std::optional<catalog::Token> known;
  if (has_token()) {
    // A token that is no good needs no file. But whether this is a chunk, which decides how to say so, may only show in
    // the fields behind it.
    auto checked = co_await check_token();
    if (!checked) {
      refusal_ = std::move(checked).error();
      if (may_belong_to_an_upload(*refusal_)) co_return co_await keep_in_doubt(source);
      engine_.note_refusal(refusal_->code);
      co_return co_await discard(content);
    }
    known = std::move(*checked);
  }
  // (A chunk has no file name of its own on some clients, and a form's empty file field sends "" and no bytes.)
  // Of the body's length the fields may take what fields may; of one that is encoded it says nothing.
  const std::uint64_t overhead = part.file_name ? settings_.max_form_bytes : request_.head.content_length;
  auto spool = co_await engine_.spool(
      source, {engine_.settings().max_file_bytes, engine::SpoolJudging::doubtful,
               has_token() ? Sender::token : sender_, request_.head.content_length,
               overhead, known ? &*known : nullptr, request_.id});
  if (!spool) {
    if (spool.error().code == Errc::empty_file && file_name_.empty()) co_return fail(Errc::no_file);
    co_return fail(std::move(spool).error());
  }
  is_about(spool->upload_id());
  spool_ = std::move(*spool);
  co_return Result<void>{};
}

// A token that has ended starts nothing, but it may be a chunk of an upload that has begun, or the repeat of one that is
// done (I6). No more is kept than would be read and dropped otherwise.
io::Task<Result<void>> RedeemCall::keep_in_doubt(io::ByteSource& source) {
  auto spool = co_await engine_.spool(source, {.max_bytes = settings_.max_discard_bytes,
                                               .whose = Sender::stranger,
                                               .request_id = request_.id});
  if (spool)
    spool_ = std::move(*spool);
  else
    co_return fail(is_temporary(spool.error().code) ? std::move(spool).error() : *refusal_);
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
io::Task<Result<RedeemCall::Progress>> RedeemCall::process_form() {
  if (refusal_ && !(spool_ && dialects::is_resumable(fields_))) {
    if (spool_) engine_.note_refusal(refusal_->code);  // it was in doubt until now
    co_return fail(*refusal_);
  }
  if (written_) co_return co_await conclude(written_);
  if (!spool_) co_return co_await nothing_sent();
  if (!dialects::is_resumable(fields_)) {
    // The file may have come before its token, and then nobody has asked whether this page may use it.
    if (call_.origin)
      if (auto known = co_await admit(); !known) co_return fail(std::move(known).error());
    auto answer = co_await engine_.finish_spool(std::move(*spool_), token(), file_name_, extras(), call_.now, kind_);
    if (!answer) co_return fail(std::move(answer).error());
    co_return progress_of(std::move(*answer));
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
  auto upload = co_await engine_.find({token(), chunk->identifier, chunk->total_size}, kind_);
  if (!upload && upload.error().code == Errc::not_found) {
    // Nothing of it is here; whether it may be sent is for the token to say.
    auto known = co_await admit();
    if (!known) co_return fail(std::move(known).error());
    auto allowed = check_sizes(*known, *chunk);
    if (!allowed) engine_.note_refusal(allowed.error().code);
    STILE_CO_TRY(std::move(allowed));
    co_return fail(Errc::not_found);
  }
  if (!upload) {
    engine_.note_refusal(upload.error().code);
    co_return fail(std::move(upload).error());
  }
  is_about((*upload)->id());
  STILE_CO_TRY(engine_.may_go_on(*upload));
  STILE_CO_TRY(engine_.may_come_from(*upload, call_.origin));
  if (!engine_.has(*upload, chunk->range) &&
      !(chunk->shorter && engine_.has(*upload, {chunk->range.begin, chunk->range.begin + *chunk->shorter})))
    co_return fail(Errc::not_found);
  co_return co_await conclude(std::move(*upload));
}

// What sending it would be refused for; costs no question to anybody.
Result<void> RedeemCall::check_sizes(const catalog::Token& token, const dialects::Chunk& chunk) const {
  if (chunk.range.size() > settings_.max_chunk_bytes) return fail(Errc::too_large, "The chunk is too large");
  if (chunk.total_size > engine_.settings().max_file_bytes) return fail(Errc::too_large);
  return engine::check_bytes(token, chunk.total_size);
}

io::Task<Result<catalog::Token>> RedeemCall::check_token() {
  auto known = co_await engine_.check_token(token(), call_.now, kind_);
  if (known) STILE_CO_TRY(engine::check_origin(*known, call_.origin));
  co_return known;
}

io::Task<Result<catalog::Token>> RedeemCall::admit() {
  auto known = co_await check_token();
  if (!known) engine_.note_refusal(known.error().code);
  co_return known;
}

void RedeemCall::is_about(std::string upload_id) {
  request_.subject = upload_id;
  call_.upload_id = std::move(upload_id);
}

io::Task<Result<engine::UploadHandle>> RedeemCall::open_upload(const dialects::Chunk& chunk) {
  if (chunk.range.size() > settings_.max_chunk_bytes) co_return fail(Errc::too_large, "The chunk is too large");
  engine::OpenRequest open;
  open.kind = kind_;
  open.origin = call_.origin;
  open.key = {token(), chunk.identifier, chunk.total_size};
  open.file_name = chunk.file_name.empty() ? file_name_ : chunk.file_name;
  open.extras = extras();
  open.request_id = request_.id;
  auto upload = co_await engine_.open(std::move(open));
  if (upload) is_about((*upload)->id());
  co_return upload;
}

// A chunk is there; perhaps it was the last.
io::Task<Result<RedeemCall::Progress>> RedeemCall::conclude(engine::UploadHandle upload) {
  if (!engine_.complete(upload)) co_return Progress();
  auto answer = co_await engine_.finish(std::move(upload), request_.id);
  if (!answer) co_return fail(std::move(answer).error());
  co_return progress_of(std::move(*answer));
}

// A request without a file: the token decides which of the two errors it is.
io::Task<Result<RedeemCall::Progress>> RedeemCall::nothing_sent() {
  auto known = co_await admit();
  if (!known) co_return fail(std::move(known).error());
  if (dialects::is_resumable(fields_)) co_return fail(Errc::invalid_input, "the request has no file field");
  co_return fail(Errc::no_file);
}

io::Task<http::Reply> RedeemCall::refuse(Error error) {
  error = worded(kind_, std::move(error));
  const bool is_test = carrier_of(request_.head) == Carrier::query;
  const AnswerWish how = wish();
  // (A photo to be replaced that is gone has words, and is hopeless.)
  if (is_test && how.dialect == dialects::Dialect::chunk && error.code == Errc::not_found && error.message.empty()) {
    http::Reply reply;
    reply.status = 204;  // "send it"
    reply.set("Cache-Control", "no-store");
    co_return reply;
  }
  if (is_temporary(error.code) && services_.on_trouble) services_.on_trouble(call_, error);

  std::optional<catalog::Token> known;
  if (how.dialect == dialects::Dialect::form) {
    auto found = co_await check_token();
    if (found) known = std::move(*found);
    // The back end hears of a failure that is the uploader's own doing, as it would of a success.
    if (known && known->background_return && !known->return_url.empty() && !is_temporary(error.code))
      co_await announce_failure(*known, error);
  }
  http::Reply reply = refused_reply(call_, services_.site, error, known ? &*known : nullptr, extras(), how);
  if (reply.status == 503 && how.dialect == dialects::Dialect::chunk) reply.delay = settings_.retry_delay;
  co_return reply;
}

io::Task<void> RedeemCall::announce_failure(const catalog::Token& known, const Error& error) {
  const std::string words = dialects::words_of(error);
  const Params redeem_extras = extras();
  notify::CallbackFacts facts;
  facts.return_url = known.return_url;
  facts.domain = services_.site.domain;
  facts.token_name = token_field(kind_);
  facts.token = known.token;
  facts.error_message = words;
  facts.token_extras = &known.extras;
  facts.redeem_extras = &redeem_extras;
  if (services_.may_tell_failure && !services_.may_tell_failure(known.token, call_.now)) co_return;
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

AnswerWish RedeemCall::wish() const {
  return {.json = accepts_json(request_.head.header("accept").value_or("")),
          .dialect = dialect(),
          .kind = kind_,
          .plain_text = call_.endpoint == kReplace};
}

Params RedeemCall::extras() const {
  Params extras;
  for (const auto& [name, value] : fields_) {
    if (name == "file" || name == token_field(kind_) || dialects::is_resumable_field(name) ||
        is_formatting_parameter(name))
      continue;
    extras.add(name, value);
  }
  return extras;
}

}  // namespace stile::api
