// The methods token/… of v2, beyond the documents: tokens seen, extended and revoked. Kinds alike: for uploads,
// replacements and updates. The token itself is the id.
//
// Level write and the token's own user, or level admin. Who only holds a token can use it up and nothing else.
#pragma once

#include <string_view>

#include "api/methods.h"
#include "api/values.h"
#include "catalog/token_admin.h"

namespace stile::api {

io::Task<http::Reply> list_tokens(Call call, Format format, const Services& services);
io::Task<http::Reply> show_token(Call call, Format format, const Services& services);
io::Task<http::Reply> extend_token(Call call, Format format, const Services& services);
io::Task<http::Reply> revoke_token(Call call, Format format, const Services& services);

// The same without their envelopes; also what the command line calls.
struct TokenPage {
  catalog::Listing<catalog::ListedToken> listing;
  Page page;
};
io::Task<Outcome<TokenPage>> page_of_tokens(const Call& call, const Services& services);
io::Task<Outcome<catalog::TokenReport>> token_report(const Call& call, const Services& services);
io::Task<Outcome<catalog::TokenReport>> extended_token(const Call& call, const Services& services);
io::Task<Outcome<catalog::TokenReport>> revoked_token(const Call& call, const Services& services);

std::string_view name_of(catalog::TokenState state);  // "waiting"
std::string_view name_of(catalog::TokenKind kind);    // "upload"

// As a list shows it, and with its files under way.
Object token_item(const catalog::ListedToken& listed);
Object token_details(const catalog::TokenReport& report);

}  // namespace stile::api
