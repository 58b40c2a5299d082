#include "catalog/token_rows.h"

#include "catalog/lookups.h"
#include "catalog/numbers.h"

namespace stile::catalog {

namespace {

std::string phase_of(const Token& token) {
  if (token.revoked) return "revoked";
  return token.used >= token.max_uploads ? "finished" : "unused";
}

void count(Session& session, const std::string& phase, std::int64_t user_id, std::int64_t by) {
  session.run(
      "INSERT INTO token_counts(phase, user_id, n) VALUES(:phase, :user_id, :n) "
      "ON CONFLICT (phase, user_id) DO UPDATE SET n = token_counts.n + excluded.n",
      phase, user_id, by);
}

}  // namespace

void count_new_token(Session& session, const Token& token) { count(session, phase_of(token), token.user_id, 1); }

void uncount_token(Session& session, const Token& token) { count(session, phase_of(token), token.user_id, -1); }

void recount_token(Session& session, const Token& before, const Token& after) {
  const std::string was = phase_of(before);
  const std::string is = phase_of(after);
  if (was == is) return;
  count(session, was, before.user_id, -1);
  count(session, is, after.user_id, 1);
}

void recount_used_token(Session& session, const std::string& token) {
  const auto user_id =
      session.one<std::int64_t>("SELECT user_id FROM tokens WHERE token = :token AND used >= max_uploads", token);
  if (!user_id) return;
  count(session, "unused", *user_id, -1);
  count(session, "finished", *user_id, 1);
}

void tell_token_news(Session& session, const std::string& token) {
  const std::int64_t id = take_numbers(session, "token news", 1);
  session.run("INSERT INTO token_news(news_id, token) VALUES(:news_id, :token)", id, token);
  session.run("DELETE FROM token_news WHERE news_id <= :news_id", id - kKeptNews);
}

}  // namespace stile::catalog
