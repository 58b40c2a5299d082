#include "api/token_methods.h"

#include <algorithm>
#include <array>

#include "api/album_methods.h"
#include "api/dates.h"
#include "api/envelope.h"
#include "api/limit_parameters.h"
#include "api/variables.h"
#include "base/text.h"
#include "notify/callback_url.h"

namespace stile::api {
namespace {

constexpr std::size_t kTokenLength = 64;
constexpr std::size_t kMaxAlbumText = 2'000;
constexpr std::size_t kMaxReturnUrl = 8'000;

bool is_documented(std::string_view name, Generation generation, catalog::TokenKind kind) {
  if (kind == catalog::TokenKind::replace) {
    constexpr std::array<std::string_view, 5> kNames{"photo_id", "return_url", "background_return_p", "valid_minutes",
                                                     "max_uploads"};
    return std::ranges::find(kNames, name) != kNames.end();
  }
  constexpr std::array<std::string_view, 11> kNames{
      "return_url", "background_return_p", "user_id", "album_id",     "title",         "description",
      "tags",       "publish",             "absolute_url", "valid_minutes", "max_uploads"};
  return std::ranges::find(kNames, name) != kNames.end() ||
         (generation == Generation::v2 && name == "publish_date");
}

// What the callback will repeat: everything that means nothing to us (4.3).
Params remembered(const Call& call, catalog::TokenKind kind, const Rules& all, ParameterReader& reader) {
  const TokenRules& rules = all.token;
  Params extras;
  std::size_t bytes = 0;
  for (const auto& [name, value] : call.params) {
    if (name.empty() || is_documented(name, call.generation, kind) || is_formatting_parameter(name)) continue;
    if (kind == catalog::TokenKind::upload && (is_limit_parameter(name) || is_variable(all.variables, name))) continue;
    bytes += name.size() + value.size();
    if (extras.size() == rules.max_extras || bytes > rules.max_extras_bytes) {
      reader.complain(Code::invalid_input, "There are too many extra parameters, or they are too long");
      break;
    }
    extras.add(name, value);
  }
  return extras;
}

std::string read_return_url(ParameterReader& reader) {
  std::string url = reader.text("return_url", kMaxReturnUrl);
  if (url.empty()) return url;
  if (const auto checked = notify::check_return_url(url); !checked)
    reader.complain(Code::invalid_input, checked.error().message);
  return url;
}

// v2 gives album_id as a number "as given", which one id can be and a list cannot.
void add_album_id(Object& object, const std::string& album_ids) {
  const auto number = parse_i64(album_ids);
  if (album_ids.empty()) {
    object.null("album_id");
  } else if (number) {
    object.number("album_id", *number);
  } else {
    object.text("album_id", album_ids);
  }
}

Object v2_token_object(const catalog::Token& token) {
  const catalog::Metadata& metadata = token.metadata;
  Object object;
  object.text("description", metadata.description).number("valid_minutes", token.valid_minutes);
  add_album_id(object, metadata.album_ids);
  object.number("max_uploads", token.max_uploads)
      .text("tags", metadata.tags)
      .text("publish", metadata.publish ? "t" : "f")
      .text("absolute_url", metadata.absolute_url)
      .text("return_url", token.return_url)
      .text("title", metadata.title)
      .id("user_id", token.user_id)
      .number("valid_until", epoch_seconds(token.valid_until))
      .text("publish_date", metadata.publish_date ? ansi_date(*metadata.publish_date) : "")
      .text("upload_token", token.token)
      .flag("background_return_p", token.background_return)
      .text("token_tags", "")
      .flag("crossposted_p", false);
  add_limits(object, token);
  return object;
}

Object v1_token_object(const catalog::Token& token) {
  Object object;
  object.text("upload_token", token.token)
      .text("title", token.metadata.title)
      .text("description", token.metadata.description)
      .text("publish", token.metadata.publish ? "1" : "0")
      .text("tags", token.metadata.tags)
      .id("user_id", token.user_id)
      .text("album_id", token.metadata.album_ids)
      .number("max_uploads", token.max_uploads)
      .number("valid_minutes", token.valid_minutes)
      .number("valid_until", epoch_seconds(token.valid_until))
      .text("return_url", token.return_url);
  return object;
}

// What all tokens that take files have in common.
Outcome<catalog::Token> completed(catalog::Token token, const Call& call, const Rules& rules,
                                  ParameterReader& reader, Random& random) {
  const TokenRules& bounds = rules.token;
  token.valid_minutes =
      reader.clamped("valid_minutes", bounds.default_minutes, bounds.min_minutes, bounds.max_minutes);
  token.max_uploads = reader.clamped("max_uploads", 1, 1,
                                     call.generation == Generation::v1 ? bounds.max_uploads_v1 : bounds.max_uploads_v2);
  token.return_url = read_return_url(reader);
  token.background_return = reader.flag("background_return_p", false);
  token.extras = remembered(call, token.kind, rules, reader);
  if (reader.problem()) return std::unexpected(*reader.problem());
  token.created_at = call.now;
  token.valid_until = call.now + std::chrono::minutes(token.valid_minutes);
  token.token = random_alphanumeric(random, kTokenLength);
  return token;
}

}  // namespace

catalog::Metadata read_metadata(const Call& call, const Rules& rules, ParameterReader& reader) {
  catalog::Metadata metadata;
  metadata.title = reader.title("title", rules.text.max_title);
  metadata.description = reader.description("description", rules.text.max_description);
  metadata.tags = reader.text("tags", rules.text.max_tags);
  metadata.album_ids = reader.text("album_id", kMaxAlbumText);
  metadata.publish = reader.flag("publish", true);
  metadata.absolute_url = reader.link("absolute_url", rules.text.max_url);
  if (call.generation == Generation::v2) metadata.publish_date = reader.date("publish_date");
  if (metadata.publish_date && *metadata.publish_date > call.now) metadata.publish = false;
  metadata.variables = read_variables(call.params, rules.variables, EmptyValues::left_out, reader);
  const auto albums = parse_album_ids(metadata.album_ids, rules.token.max_albums);
  if (!albums) reader.complain(albums.error().code, albums.error().message);
  return metadata;
}

Outcome<catalog::Token> make_token(const Call& call, const Rules& rules, Random& random) {
  ParameterReader reader(call.params);
  catalog::Token token;
  token.metadata = read_metadata(call, rules, reader);
  read_limits(rules.token, reader, token);
  token.user_id = call.caller.level == auth::Level::super ? reader.id("user_id") : call.caller.user_id;
  return completed(std::move(token), call, rules, reader, random);
}

Outcome<catalog::Token> make_replace_token(const Call& call, std::int64_t photo_id, const Rules& rules,
                                           Random& random) {
  ParameterReader reader(call.params);
  catalog::Token token;
  token.kind = catalog::TokenKind::replace;
  token.photo_id = photo_id;
  token.user_id = call.caller.user_id;
  return completed(std::move(token), call, rules, reader, random);
}

io::Task<Outcome<catalog::Token>> create_token(Call call, const Services& services) {
  auto token = make_token(call, services.rules, services.random);
  if (!token) co_return token;
  auto albums = parse_album_ids(token->metadata.album_ids, services.rules.token.max_albums);
  if (!albums) co_return std::unexpected(albums.error());
  const auto known = co_await check_albums(call, std::move(*albums), services);
  if (!known) co_return std::unexpected(known.error());
  const auto added = co_await services.catalog.add_token(*token);
  if (!added) co_return std::unexpected(services.trouble(call, added.error()));
  co_return token;
}

io::Task<http::Reply> get_upload_token(Call call, Format format, const Services& services) {
  const auto token = co_await create_token(call, services);
  if (!token) co_return error_reply(call, format, token.error());
  co_return ok_reply(call, format, services.site,
                     Answer{.message = "The upload token is ready to use",
                            .payload = Single{"uploadtoken", token_object(*token, format)}});
}

Object token_object(const catalog::Token& token, const Format& format) {
  if (format.v2_json()) return v2_token_object(token);
  if (format.syntax == Format::Syntax::xml) return v1_token_object(token);
  return v1_token_object(token).ordered({"valid_minutes", "description", "upload_token", "max_uploads", "album_id",
                                         "return_url", "title", "valid_until", "publish", "tags", "user_id"});
}

}  // namespace stile::api
