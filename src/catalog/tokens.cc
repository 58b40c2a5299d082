// SqlCatalog: tokens.
#include "catalog/database.h"
#include "catalog/lookups.h"
#include "catalog/numbers.h"
#include "catalog/token_rows.h"

namespace stile::catalog {

io::Task<Result<void>> SqlCatalog::add_token(Token token) {
  return database_->write(Weight::full, [token = std::move(token)](Session& session) mutable -> Result<void> {
    token.number = take_numbers(session, "token", 1);
    static const std::string kInsert = insert_of<Token>() + " ON CONFLICT DO NOTHING";
    if (session.run(kInsert, token) == 0) return fail(Errc::already_exists);
    count_new_token(session, token);
    return {};
  });
}

io::Task<Result<std::optional<Token>>> SqlCatalog::find_token(std::string token) {
  return database_->read([token = std::move(token)](Session& session) { return token_row(session, token); });
}

io::Task<Result<void>> SqlCatalog::revoke_token(std::string token) {
  return database_->write(Weight::full, [token = std::move(token)](Session& session) -> Result<void> {
    const std::optional<Token> before = token_row(session, token);
    if (!before) return fail(Errc::token_unknown);
    Token after = *before;
    after.revoked = true;
    session.run("UPDATE tokens SET revoked = 1 WHERE token = :token", token);
    recount_token(session, *before, after);
    tell_token_news(session, token);
    return {};
  });
}

}  // namespace stile::catalog
