// SqlCatalog: what the sweeps forget of tokens and of the outbox.
#include "catalog/upkeep.h"

#include "catalog/database.h"
#include "catalog/lookups.h"
#include "catalog/token_rows.h"

namespace stile::catalog {

namespace {

bool is_needed(Session& session, const std::string& token) {
  return session.one<std::int64_t>("SELECT photo_id FROM photos WHERE upload_token = :token LIMIT 1", token) ||
         session.one<std::string>("SELECT upload_id FROM uploads WHERE token = :token LIMIT 1", token);
}

}  // namespace

io::Task<Result<TokenSweep>> SqlCatalog::forget_tokens(WallTime before, TokenCursor from, std::size_t limit) {
  return database_->write(
      Weight::full, [before, from = std::move(from), limit](Session& session) -> Result<TokenSweep> {
        static const std::string kEnded =
            select_of<Token>() +
            "WHERE (valid_until, token) > (:after, :after_token) AND valid_until < :before "
            "ORDER BY valid_until, token LIMIT :limit";
        TokenSweep sweep;
        for (const Token& token : session.all<Token>(kEnded, from.valid_until, from.token, before, limit_of(limit))) {
          ++sweep.looked_at;
          sweep.next = {token.valid_until, token.token};
          if (is_needed(session, token.token)) continue;
          session.run("DELETE FROM waiting_changes WHERE token = :token", token.token);
          session.run("DELETE FROM tokens WHERE token = :token", token.token);
          uncount_token(session, token);
          ++sweep.forgotten;
        }
        return sweep;
      });
}

io::Task<Result<std::size_t>> SqlCatalog::forget_events(EventState state, WallTime before, std::size_t limit) {
  return database_->write(Weight::full, [state, before, limit](Session& session) -> Result<std::size_t> {
    if (state == EventState::waiting) return fail(Errc::invalid_input, {}, "forget_events: waiting ones are owed");
    const std::int64_t gone = session.run(
        "DELETE FROM outbox WHERE event_id IN (SELECT event_id FROM outbox WHERE state = :state "
        "AND next_attempt_at < :before ORDER BY next_attempt_at, event_id LIMIT :limit)",
        state, before, limit_of(limit));
    return static_cast<std::size_t>(gone);
  });
}

}  // namespace stile::catalog
