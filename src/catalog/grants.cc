// SqlCatalog: request tokens and what they become.
#include "catalog/grants.h"

#include "base/text.h"
#include "catalog/database.h"

namespace stile::catalog {

template <>
struct Columns<RequestToken> {
  static constexpr std::string_view kTable = "request_tokens";
  static void each(auto& request, auto&& visit) {
    visit("token", request.token);
    visit("secret", request.secret);
    visit("consumer_key", request.consumer_key);
    visit("callback", request.callback);
    visit("created_at", request.created_at);
    visit("valid_until", request.valid_until);
    visit("user_id", request.user_id);
    visit("verifier_sha256", request.verifier_sha256);
    visit("tries", request.tries);
  }
};

template <>
struct Columns<Grant> {
  static constexpr std::string_view kTable = "grants";
  static void each(auto& grant, auto&& visit) {
    visit("token", grant.token);
    visit("secret", grant.secret);
    visit("consumer_key", grant.consumer_key);
    visit("user_id", grant.user_id);
    visit("revoked", grant.revoked);
    visit("created_at", grant.created_at);
  }
};

namespace {

std::optional<RequestToken> request_row(Session& session, const std::string& token) {
  static const std::string kFind = select_of<RequestToken>() + "WHERE token = :token";
  return session.one<RequestToken>(kFind, token);
}

std::optional<Credentials> credentials_row(Session& session, const std::string& consumer_key) {
  static const std::string kFind = select_of<Credentials>() + "WHERE consumer_key = :consumer_key";
  return session.one<Credentials>(kFind, consumer_key);
}

std::optional<User> user_row(Session& session, std::int64_t user_id) {
  static const std::string kFind = select_of<User>() + "WHERE user_id = :user_id";
  return session.one<User>(kFind, user_id);
}

void delete_request(Session& session, const std::string& token) {
  session.run("DELETE FROM request_tokens WHERE token = :token", token);
}

void keep_the_newest_grants(Session& session, const Grant& grant) {
  session.run(
      "DELETE FROM grants WHERE token IN (SELECT token FROM grants WHERE consumer_key = :consumer_key "
      "AND user_id = :user_id ORDER BY created_at DESC, token LIMIT 1000 OFFSET :most)",
      grant.consumer_key, grant.user_id, kMaxGrantsPerUser);
}

}  // namespace

io::Task<Result<void>> SqlCatalog::add_request(RequestToken request) {
  return database_->write(Weight::full, [request = std::move(request)](Session& session) -> Result<void> {
    static const std::string kInsert = insert_of<RequestToken>() + " ON CONFLICT DO NOTHING";
    session.run("DELETE FROM request_tokens WHERE consumer_key = :consumer_key AND valid_until <= :now",
                request.consumer_key, request.created_at);
    const auto open = session.one<std::int64_t>(
        "SELECT COUNT(*) FROM request_tokens WHERE consumer_key = :consumer_key", request.consumer_key);
    if (open.value_or(0) >= kMaxOpenRequests) return fail(Errc::too_many_open);
    if (session.run(kInsert, request) == 0) return fail(Errc::already_exists);
    return {};
  });
}

io::Task<Result<std::optional<RequestToken>>> SqlCatalog::find_request(std::string token) {
  return database_->read([token = std::move(token)](Session& session) { return request_row(session, token); });
}

io::Task<Result<void>> SqlCatalog::approve_request(std::string token, std::int64_t user_id, std::string verifier_sha256,
                                                   WallTime now) {
  return database_->write(Weight::full,
                          [token = std::move(token), user_id, verifier_sha256 = std::move(verifier_sha256),
                           now](Session& session) -> Result<void> {
                            const auto changed = session.run(
                                "UPDATE request_tokens SET user_id = :user_id, verifier_sha256 = :verifier_sha256 "
                                "WHERE token = :token AND user_id = 0 AND valid_until > :now",
                                user_id, verifier_sha256, token, now);
                            if (changed == 0) return fail(Errc::not_found);
                            return {};
                          });
}

io::Task<Result<void>> SqlCatalog::drop_request(std::string token) {
  return database_->write(Weight::full, [token = std::move(token)](Session& session) -> Result<void> {
    delete_request(session, token);
    return {};
  });
}

io::Task<Result<Exchange>> SqlCatalog::exchange_request(std::string token, std::string verifier_sha256, Grant grant,
                                                        WallTime now) {
  return database_->write(Weight::full,
                          [token = std::move(token), verifier_sha256 = std::move(verifier_sha256),
                           grant = std::move(grant), now](Session& session) mutable -> Result<Exchange> {
                            static const std::string kInsert = insert_of<Grant>();
                            const auto request = request_row(session, token);
                            if (!request || request->consumer_key != grant.consumer_key) return Exchange::unknown;
                            if (request->valid_until <= now) return Exchange::expired;
                            if (request->user_id == 0) return Exchange::not_approved;
                            if (!constant_time_equal(request->verifier_sha256, verifier_sha256)) {
                              if (request->tries + 1 >= kVerifierTries) {
                                delete_request(session, token);
                              } else {
                                session.run("UPDATE request_tokens SET tries = tries + 1 WHERE token = :token", token);
                              }
                              return Exchange::wrong_verifier;
                            }
                            delete_request(session, token);
                            const auto credentials = credentials_row(session, grant.consumer_key);
                            if (!credentials || credentials->revoked || !user_row(session, request->user_id))
                              return Exchange::nobody;
                            grant.user_id = request->user_id;
                            session.run(kInsert, grant);
                            keep_the_newest_grants(session, grant);
                            return Exchange::granted;
                          });
}

io::Task<Result<std::optional<Application>>> SqlCatalog::find_application(std::string consumer_key, std::string token) {
  return database_->read([consumer_key = std::move(consumer_key),
                          token = std::move(token)](Session& session) -> std::optional<Application> {
    static const std::string kFindGrant = select_of<Grant>() + "WHERE token = :token AND consumer_key = :consumer_key";
    auto credentials = credentials_row(session, consumer_key);
    if (!credentials) return std::nullopt;
    Application application{.credentials = std::move(*credentials)};
    if (!token.empty()) application.grant = session.one<Grant>(kFindGrant, token, consumer_key);
    application.user =
        user_row(session, application.grant ? application.grant->user_id : application.credentials.user_id);
    return application;
  });
}

io::Task<Result<std::vector<Grant>>> SqlCatalog::list_grants() {
  return database_->read([](Session& session) {
    static const std::string kFind = select_of<Grant>() + "ORDER BY created_at, token";
    return session.all<Grant>(kFind);
  });
}

io::Task<Result<void>> SqlCatalog::revoke_grant(std::string token) {
  return database_->write(Weight::full, [token = std::move(token)](Session& session) -> Result<void> {
    if (session.run("UPDATE grants SET revoked = 1 WHERE token = :token", token) == 0) return fail(Errc::not_found);
    return {};
  });
}

}  // namespace stile::catalog
