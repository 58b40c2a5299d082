// photo/get-replace-token. Source: spec/api.md 3.5.
#include "api/envelope.h"
#include "api/photo_methods.h"
#include "api/token_methods.h"

namespace stile::api {
namespace {

Object token_object(const catalog::Token& token, bool v2) {
  Object object;
  if (v2)
    return object.number("photo_id", token.photo_id)
        .number("max_uploads", token.max_uploads)
        .number("valid_minutes", token.valid_minutes)
        .number("valid_until", epoch_seconds(token.valid_until))
        .flag("background_return_p", token.background_return)
        .text("return_url", token.return_url)
        .text("replace_token", token.token);
  return object.text("replace_token", token.token)
      .number("photo_id", token.photo_id)
      .number("max_uploads", token.max_uploads)
      .number("valid_minutes", token.valid_minutes)
      .number("valid_until", epoch_seconds(token.valid_until))
      .text("return_url", token.return_url);
}

}  // namespace

io::Task<Outcome<void>> add_photo_token(const Call& call, const Services& services, const catalog::Token& token) {
  const auto photo = co_await services.catalog.find_photo(token.photo_id);
  if (!photo) co_return std::unexpected(services.trouble(call, photo.error()));
  if (!photo->has_value()) co_return std::unexpected(problem(Code::no_such_photo));
  const auto added = co_await services.catalog.add_token(token);
  if (!added) co_return std::unexpected(services.trouble(call, added.error()));
  co_return Outcome<void>{};
}

io::Task<http::Reply> get_replace_token(Call call, Format format, const Services& services) {
  const auto photo_id = required_photo_id(call);
  if (!photo_id) co_return error_reply(call, format, photo_id.error());
  auto token = make_replace_token(call, *photo_id, services.rules, services.random);
  if (!token) co_return error_reply(call, format, token.error());
  const auto added = co_await add_photo_token(call, services, *token);
  if (!added) co_return error_reply(call, format, added.error());
  co_return ok_reply(call, format, services.site,
                     Answer{.message = "The replace token is ready to use",
                            .payload = Single{"replacetoken", token_object(*token, format.v2_json())}});
}

}  // namespace stile::api
