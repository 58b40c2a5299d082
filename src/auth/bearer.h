// Bearer tokens in the Authorization header. Pure: finding the token's owner is the caller's business.
// Source: spec/api.md 2.5, RFC 6750 section 2.1.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "auth/level.h"
#include "base/result.h"

namespace stile::auth {

inline constexpr std::size_t kBearerLength = 64;

// Whether `token` looks like one that make_credentials makes: 64 characters of [0-9A-Za-z].
bool bearer_token_shape(std::string_view token);

// The token in an Authorization header's value; a view into it. nullopt when there is no header or it names another
// scheme (OAuth), which then has to judge it. Fails with unauthenticated when the scheme is Bearer and what follows is
// not one space and a token of our shape: a credential was shown and is not good.
Result<std::optional<std::string_view>> bearer_from_header(std::optional<std::string_view> authorization);

// What is kept of a bearer token: its SHA-256 as 64 hex digits. The token has 380 bits of randomness, so a plain hash
// is as good as a slow one.
std::string bearer_digest(std::string_view token);

// Who shows `token`, given the credentials that were found under its digest. Fails with unauthenticated when there are
// none, when they are revoked, or when they are somebody else's; the answer does not say which.
Result<Caller> bearer_caller(std::string_view token, const std::optional<catalog::Credentials>& found);

}  // namespace stile::auth
