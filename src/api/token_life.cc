#include "api/token_life.h"

#include "api/envelope.h"
#include "api/limit_parameters.h"
#include "api/token_words.h"

namespace stile::api {
namespace {

using auth::Level;
using catalog::TokenState;

constexpr std::size_t kMaxTokenText = 200;

catalog::TokenTime time_of(const Call& call, const Services& services) {
  return {.now = call.now, .grace = services.rules.token.grace};
}

// Whose tokens the caller may see: everybody's from admin on.
bool sees_all(const Call& call) { return call.caller.may(Level::admin); }

std::optional<TokenState> read_state(ParameterReader& reader) {
  const std::string state = reader.choice("state", {"", "waiting", "uploading", "finished", "expired", "revoked"});
  for (const TokenState each :
       {TokenState::waiting, TokenState::uploading, TokenState::finished, TokenState::expired, TokenState::revoked})
    if (state == name_of(each)) return each;
  return std::nullopt;
}

http::Reply reply_with(const Call& call, const Format& format, const Services& services,
                       const Outcome<catalog::TokenReport>& report, std::string message) {
  if (!report) return error_reply(call, format, report.error());
  return ok_reply(call, format, services.site,
                  Answer{.message = std::move(message), .payload = Single{"token", token_details(*report)}});
}

}  // namespace

std::string_view name_of(TokenState state) {
  switch (state) {
    case TokenState::waiting: return "waiting";
    case TokenState::uploading: return "uploading";
    case TokenState::expired: return "expired";
    case TokenState::finished: return "finished";
    case TokenState::revoked: return "revoked";
  }
  return "waiting";
}

std::string_view name_of(catalog::TokenKind kind) {
  const std::string_view field = token_field(kind);
  return field.substr(0, field.find('_'));
}

Object token_item(const catalog::ListedToken& listed) {
  const catalog::Token& token = listed.token;
  Object object;
  object.text("token", token.token)
      .text("kind", std::string(name_of(token.kind)))
      .text("state", std::string(name_of(listed.state)))
      .id("user_id", token.user_id)
      .id("photo_id", token.photo_id)
      .text("title", token.metadata.title)
      .text("return_url", token.return_url)
      .number("creation_date_epoch", epoch_seconds(token.created_at))
      .number("valid_minutes", token.valid_minutes)
      .number("valid_until", epoch_seconds(token.valid_until))
      .number("max_uploads", token.max_uploads)
      .number("files_finished", token.used)
      .number("files_under_way", listed.files_under_way)
      .number("received_bytes", static_cast<std::int64_t>(token.received_bytes + listed.bytes_under_way));
  add_limits(object, token);
  return object;
}

Object token_details(const catalog::TokenReport& report) {
  Objects files;
  for (const catalog::FileUnderWay& file : report.files)
    files.push_back(Object()
                        .text("resumableIdentifier", file.identifier)
                        .text("original_filename", file.file_name)
                        .number("total_bytes", static_cast<std::int64_t>(file.total_size))
                        .number("received_bytes", static_cast<std::int64_t>(file.received_bytes))
                        .number("creation_date_epoch", epoch_seconds(file.created_at)));
  return token_item(report.listed).objects("files", std::move(files));
}

io::Task<Outcome<TokenPage>> page_of_tokens(const Call& call, const Services& services) {
  ParameterReader reader(call.params);
  catalog::TokenQuery query;
  query.state = read_state(reader);
  if (const std::int64_t user_id = reader.id("user_id"); user_id != 0) query.user_id = user_id;
  TokenPage result{.listing = {}, .page = reader.page()};
  if (reader.problem()) co_return std::unexpected(*reader.problem());
  if (!sees_all(call)) {
    // Nobody's tokens belong to nobody in particular.
    if (call.caller.user_id == 0) co_return result;
    if (query.user_id && *query.user_id != call.caller.user_id)
      co_return std::unexpected(permission_denied(Level::admin));
    query.user_id = call.caller.user_id;
  }
  query.offset = offset_of(result.page);
  query.limit = result.page.size;
  auto listing = co_await services.tokens.list_tokens(std::move(query), time_of(call, services));
  if (!listing) co_return std::unexpected(services.trouble(call, listing.error()));
  result.listing = std::move(*listing);
  co_return result;
}

io::Task<Outcome<catalog::TokenReport>> token_report(const Call& call, const Services& services) {
  ParameterReader reader(call.params);
  std::string token = reader.text("token", kMaxTokenText);
  if (!reader.problem() && token.empty()) reader.complain(Code::invalid_input, "token is required");
  if (reader.problem()) co_return std::unexpected(*reader.problem());
  auto report = co_await services.tokens.report_token(std::move(token), time_of(call, services));
  if (!report) co_return std::unexpected(services.trouble(call, report.error()));
  if (!report->has_value()) co_return refuse(Code::no_such_object, "There is no such token");
  const std::int64_t owner = (*report)->listed.token.user_id;
  if (!sees_all(call) && (owner == 0 || owner != call.caller.user_id))
    co_return std::unexpected(permission_denied(Level::admin));
  co_return std::move(**report);
}

io::Task<Outcome<catalog::TokenReport>> extended_token(const Call& call, const Services& services) {
  const auto before = co_await token_report(call, services);
  if (!before) co_return before;
  const catalog::Token& token = before->listed.token;
  const TokenRules& bounds = services.rules.token;
  ParameterReader reader(call.params);
  const std::int64_t minutes = reader.clamped("valid_minutes", 0, bounds.min_minutes, bounds.max_minutes);
  const char* uses =
      token.kind == catalog::TokenKind::update && call.params.has("max_uses") ? "max_uses" : "max_uploads";
  const std::int64_t uploads = reader.clamped(uses, 0, 1, bounds.max_uploads_v2);
  if (!reader.problem() && minutes == 0 && uploads == 0)
    reader.complain(Code::invalid_input, "valid_minutes or max_uploads is required");
  if (reader.problem()) co_return std::unexpected(*reader.problem());
  catalog::TokenExtension extension{.token = token.token};
  if (minutes != 0) extension.valid_until = call.now + std::chrono::minutes(minutes);
  extension.valid_minutes = minutes;
  if (uploads != 0) extension.max_uploads = uploads;
  const auto extended = co_await services.tokens.extend_token(std::move(extension), call.now);
  if (!extended && is_temporary(extended.error().code))
    co_return std::unexpected(services.trouble(call, extended.error()));
  if (!extended) co_return std::unexpected(problem_of(token.kind, extended.error()));
  if (services.token_changed) services.token_changed(token.token);
  co_return co_await token_report(call, services);
}

io::Task<Outcome<catalog::TokenReport>> revoked_token(const Call& call, const Services& services) {
  const auto before = co_await token_report(call, services);
  if (!before || before->listed.token.revoked) co_return before;
  const catalog::Token& token = before->listed.token;
  const auto revoked = co_await services.catalog.revoke_token(token.token);
  if (!revoked) co_return std::unexpected(services.trouble(call, revoked.error()));
  if (services.token_changed) services.token_changed(token.token);
  co_return co_await token_report(call, services);
}

io::Task<http::Reply> list_tokens(Call call, Format format, const Services& services) {
  const auto page = co_await page_of_tokens(call, services);
  if (!page) co_return error_reply(call, format, page.error());
  List list{.name = "token", .plural = "tokens", .items = {}, .page = page->page, .total_count = page->listing.total};
  for (const catalog::ListedToken& each : page->listing.items) list.items.push_back(token_item(each));
  co_return ok_reply(call, format, services.site, Answer{.payload = std::move(list)});
}

io::Task<http::Reply> show_token(Call call, Format format, const Services& services) {
  const auto report = co_await token_report(call, services);
  co_return reply_with(call, format, services, report, "");
}

io::Task<http::Reply> extend_token(Call call, Format format, const Services& services) {
  const auto report = co_await extended_token(call, services);
  co_return reply_with(call, format, services, report, "The token was extended");
}

io::Task<http::Reply> revoke_token(Call call, Format format, const Services& services) {
  const auto report = co_await revoked_token(call, services);
  co_return reply_with(call, format, services, report, "The token was revoked");
}

}  // namespace stile::api
