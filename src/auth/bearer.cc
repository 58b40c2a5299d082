#include "auth/bearer.h"

#include <algorithm>

#include "base/text.h"

namespace stile::auth {
namespace {

constexpr std::string_view kScheme = "Bearer";

std::unexpected<Error> refused(std::string cause) {
  return fail(Errc::unauthenticated, "The request could not be authenticated.", std::move(cause));
}

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

}  // namespace

bool bearer_token_shape(std::string_view token) {
  return token.size() == kBearerLength && std::ranges::all_of(token, is_alphanumeric);
}

Result<std::optional<std::string_view>> bearer_from_header(std::optional<std::string_view> authorization) {
  if (!authorization) return std::nullopt;
  const std::string_view scheme = authorization->substr(0, authorization->find(' '));
  if (!iequals(scheme, kScheme)) return std::nullopt;
  if (authorization->size() == scheme.size()) return refused("bearer: no token");
  const std::string_view token = authorization->substr(scheme.size() + 1);
  if (!bearer_token_shape(token)) return refused("bearer: not the shape of a token");
  return token;
}

std::string bearer_digest(std::string_view token) { return sha256_hex(token); }

Result<Caller> bearer_caller(std::string_view token, const std::optional<catalog::Credentials>& found) {
  if (!found) return refused("bearer: unknown token");
  if (!constant_time_equal(found->bearer_sha256, bearer_digest(token))) return refused("bearer: digests differ");
  if (found->revoked) return refused("bearer: revoked: " + found->consumer_key);
  return Caller{.level = found->level, .user_id = found->user_id};
}

}  // namespace stile::auth
