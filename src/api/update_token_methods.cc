// photo/get-update-token and photo/redeem-update-token. Source: spec/api.md 3.7.
#include "api/envelope.h"
#include "api/photo_methods.h"
#include "api/token_methods.h"
#include "api/token_words.h"

namespace stile::api {
namespace {

constexpr std::size_t kTokenLength = 64;
constexpr std::size_t kMaxTokenText = 200;

Outcome<catalog::Token> make_update_token(const Call& call, std::int64_t photo_id, const Services& services) {
  const TokenRules& bounds = services.rules.token;
  ParameterReader reader(call.params);
  catalog::Token token;
  token.kind = catalog::TokenKind::update;
  token.photo_id = photo_id;
  token.user_id = call.caller.user_id;
  token.valid_minutes = reader.clamped("valid_minutes", bounds.default_minutes, bounds.min_minutes, bounds.max_minutes);
  token.max_uploads = reader.clamped("max_uses", 1, 1,
                                     call.generation == Generation::v1 ? bounds.max_uploads_v1 : bounds.max_uploads_v2);
  if (reader.problem()) return std::unexpected(*reader.problem());
  token.created_at = call.now;
  token.valid_until = call.now + std::chrono::minutes(token.valid_minutes);
  token.token = random_alphanumeric(services.random, kTokenLength);
  return token;
}

// What is plain to see, before the change is read. The transaction of the change looks again, and decides.
Outcome<> judge(const std::optional<catalog::Token>& token, WallTime now) {
  const auto refused = [](Errc code) {
    return std::unexpected(problem_of(catalog::TokenKind::update, Error{code, {}, {}}));
  };
  if (!token || token->kind != catalog::TokenKind::update) return refused(Errc::token_unknown);
  if (token->revoked) return refused(Errc::token_revoked);
  if (token->valid_until <= now) return refused(Errc::token_expired);
  if (token->used >= token->max_uploads) return refused(Errc::token_used_up);
  return {};
}

}  // namespace

io::Task<http::Reply> get_update_token(Call call, Format format, const Services& services) {
  const auto photo_id = required_photo_id(call);
  if (!photo_id) co_return error_reply(call, format, photo_id.error());
  const auto token = make_update_token(call, *photo_id, services);
  if (!token) co_return error_reply(call, format, token.error());
  const auto added = co_await add_photo_token(call, services, *token);
  if (!added) co_return error_reply(call, format, added.error());
  Object object;
  object.text("update_token", token->token)
      .number("photo_id", token->photo_id)
      .number("max_uses", token->max_uploads)
      .number("valid_minutes", token->valid_minutes)
      .number("valid_until", epoch_seconds(token->valid_until));
  co_return ok_reply(
      call, format, services.site,
      Answer{.message = "The update token is ready to use", .payload = Single{"updatetoken", std::move(object)}});
}

io::Task<http::Reply> redeem_update_token(Call call, Format format, const Services& services) {
  ParameterReader reader(call.params);
  std::string name = reader.text("update_token", kMaxTokenText);
  const std::int64_t photo_id = reader.id("photo_id");
  if (!reader.problem() && name.empty()) reader.complain(Code::invalid_input, "update_token is required");
  if (reader.problem()) co_return error_reply(call, format, *reader.problem());
  const auto token = co_await services.catalog.find_token(name);
  if (!token) co_return error_reply(call, format, services.trouble(call, token.error()));
  const auto good = judge(*token, call.now);
  if (!good) co_return error_reply(call, format, good.error());
  if (photo_id != 0 && photo_id != (*token)->photo_id)
    co_return error_reply(call, format, problem(Code::invalid_input, "The update token is for another photo"));
  auto change = read_photo_change(call, services.rules, (*token)->photo_id);
  if (!change) co_return error_reply(call, format, change.error());
  co_return co_await apply_photo_change(std::move(call), std::move(format), services, std::move(*change),
                                        std::move(name));
}

}  // namespace stile::api
