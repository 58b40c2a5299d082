// SqlCatalog: sessions of browsers, tokens that open them, and users that go.
#include "catalog/logins.h"

#include "catalog/database.h"
#include "catalog/lookups.h"

namespace stile::catalog {

template <>
struct Columns<LoginSession> {
  static constexpr std::string_view kTable = "login_sessions";
  static void each(auto& session, auto&& visit) {
    visit("id_sha256", session.id_sha256);
    visit("user_id", session.user_id);
    visit("created_at", session.created_at);
    visit("valid_until", session.valid_until);
  }
};

namespace {

std::string to_text(LoginKind kind) { return kind == LoginKind::user ? "user" : "visitor"; }

struct LoginTokenRow {
  std::int64_t user_id = 0;
  std::string return_url = {};
  WallTime created_at;
  WallTime valid_until;
};

bool user_exists(Session& session, std::int64_t user_id) {
  return session.one<std::int64_t>("SELECT user_id FROM users WHERE user_id = :user_id", user_id).has_value();
}

void end_sessions(Session& session, std::int64_t user_id) {
  session.run("DELETE FROM login_sessions WHERE user_id = :user_id", user_id);
  session.run("DELETE FROM login_tokens WHERE user_id = :user_id", user_id);
}

}  // namespace

template <>
struct Columns<LoginTokenRow> {
  static constexpr std::string_view kTable = "login_tokens";
  static void each(auto& row, auto&& visit) {
    visit("user_id", row.user_id);
    visit("return_url", row.return_url);
    visit("created_at", row.created_at);
    visit("valid_until", row.valid_until);
  }
};

io::Task<Result<void>> SqlCatalog::add_session(LoginSession added) {
  return database_->write(Weight::full, [added = std::move(added)](Session& session) -> Result<void> {
    static const std::string kInsert = insert_of<LoginSession>();
    session.run(kInsert, added);
    if (added.user_id == 0) return {};
    if (session.run("UPDATE users SET last_login_at = :now WHERE user_id = :user_id", added.created_at,
                    added.user_id) == 0)
      return fail(Errc::not_found);
    session.run(
        "DELETE FROM login_sessions WHERE id_sha256 IN (SELECT id_sha256 FROM login_sessions "
        "WHERE user_id = :user_id ORDER BY created_at DESC, id_sha256 LIMIT 1000 OFFSET :most)",
        added.user_id, kMaxSessionsPerUser);
    return {};
  });
}

io::Task<Result<std::optional<LoginSession>>> SqlCatalog::find_session(std::string id_sha256, WallTime now) {
  return database_->read([id_sha256 = std::move(id_sha256), now](Session& session) -> std::optional<LoginSession> {
    static const std::string kFind = select_of<LoginSession>() + "WHERE id_sha256 = :id_sha256 AND valid_until > :now";
    auto found = session.one<LoginSession>(kFind, id_sha256, now);
    if (found && found->user_id != 0 && !user_exists(session, found->user_id)) return std::nullopt;
    return found;
  });
}

io::Task<Result<void>> SqlCatalog::end_session(std::string id_sha256) {
  return database_->write(Weight::full, [id_sha256 = std::move(id_sha256)](Session& session) -> Result<void> {
    session.run("DELETE FROM login_sessions WHERE id_sha256 = :id_sha256", id_sha256);
    return {};
  });
}

io::Task<Result<void>> SqlCatalog::end_sessions_of(std::int64_t user_id) {
  return database_->write(Weight::full, [user_id](Session& session) -> Result<void> {
    end_sessions(session, user_id);
    return {};
  });
}

io::Task<Result<void>> SqlCatalog::add_login_token(LoginToken token) {
  return database_->write(Weight::full, [token = std::move(token)](Session& session) -> Result<void> {
    session.run(
        "INSERT INTO login_tokens(token_sha256, kind, user_id, return_url, created_at, valid_until) "
        "VALUES(:token_sha256, :kind, :user_id, :return_url, :created_at, :valid_until)",
        token.token_sha256, to_text(token.kind), token.user_id, token.return_url, token.created_at, token.valid_until);
    return {};
  });
}

io::Task<Result<std::optional<LoginToken>>> SqlCatalog::redeem_login_token(std::string token_sha256, LoginKind kind,
                                                                           WallTime now) {
  return database_->write(
      Weight::full,
      [token_sha256 = std::move(token_sha256), kind, now](Session& session) -> Result<std::optional<LoginToken>> {
        static const std::string kTake =
            "DELETE FROM login_tokens WHERE token_sha256 = :token_sha256 AND kind = :kind RETURNING " +
            columns_of<LoginTokenRow>();
        const auto row = session.one<LoginTokenRow>(kTake, token_sha256, to_text(kind));
        if (!row || row->valid_until <= now) return std::nullopt;
        return LoginToken{token_sha256, kind, row->user_id, row->return_url, row->created_at, row->valid_until};
      });
}

io::Task<Result<std::size_t>> SqlCatalog::forget_expired_logins(WallTime now, std::size_t limit) {
  return database_->write(Weight::full, [now, most = limit_of(limit)](Session& session) -> Result<std::size_t> {
    std::int64_t gone = session.run(
        "DELETE FROM login_sessions WHERE id_sha256 IN (SELECT id_sha256 FROM login_sessions "
        "WHERE valid_until <= :now LIMIT :limit)",
        now, most);
    gone += session.run(
        "DELETE FROM login_tokens WHERE token_sha256 IN (SELECT token_sha256 FROM login_tokens "
        "WHERE valid_until <= :now LIMIT :limit)",
        now, most);
    gone += session.run(
        "DELETE FROM request_tokens WHERE token IN (SELECT token FROM request_tokens "
        "WHERE valid_until <= :now LIMIT :limit)",
        now, most);
    return static_cast<std::size_t>(gone);
  });
}

io::Task<Result<void>> SqlCatalog::delete_user(std::int64_t user_id) {
  return database_->write(Weight::full, [user_id](Session& session) -> Result<void> {
    if (session.run("DELETE FROM users WHERE user_id = :user_id", user_id) == 0) return fail(Errc::not_found);
    end_sessions(session, user_id);
    // OAuth keys stay, and are answered with words that say why they are good no more; a bearer token is nobody's now.
    session.run("UPDATE credentials SET bearer_sha256 = '' WHERE user_id = :user_id", user_id);
    return {};
  });
}

}  // namespace stile::catalog
