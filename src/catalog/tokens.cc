// SqlCatalog: tokens.
#include "catalog/database.h"
#include "catalog/lookups.h"

namespace stile::catalog {

io::Task<Result<void>> SqlCatalog::add_token(Token token) {
  return database_->write(Weight::full, [token = std::move(token)](Session& session) -> Result<void> {
    static const std::string kInsert = insert_of<Token>() + " ON CONFLICT DO NOTHING";
    if (session.run(kInsert, token) == 0) return fail(Errc::already_exists);
    return {};
  });
}

io::Task<Result<std::optional<Token>>> SqlCatalog::find_token(std::string token) {
  return database_->read([token = std::move(token)](Session& session) { return token_row(session, token); });
}

io::Task<Result<void>> SqlCatalog::revoke_token(std::string token) {
  return database_->write(Weight::full, [token = std::move(token)](Session& session) -> Result<void> {
    if (session.run("UPDATE tokens SET revoked = 1 WHERE token = :token", token) == 0) return fail(Errc::token_unknown);
    return {};
  });
}

}  // namespace stile::catalog
