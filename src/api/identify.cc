#include "api/identify.h"

#include "api/web_session.h"
#include "auth/bearer.h"
#include "auth/three_legged.h"
#include "base/text.h"

namespace stile::api {
namespace {

// "/a/b" of "/a/b?c" and of "http://host/a/b?c".
std::string path_as_sent(std::string_view target) {
  target = target.substr(0, target.find('?'));
  const std::size_t scheme = target.find("://");
  if (target.starts_with('/') || scheme == std::string_view::npos) return std::string(target);
  const std::size_t slash = target.find('/', scheme + 3);
  return slash == std::string_view::npos ? "/" : std::string(target.substr(slash));
}

std::unexpected<Error> bad_signature(std::string cause) { return fail(Errc::unauthenticated, {}, std::move(cause)); }

}  // namespace

Params Arguments::joined(Query which) const {
  Params all = form;
  for (const auto& [name, value] : parts) all.add(name, value);
  if (which == Query::counts)
    for (const auto& [name, value] : query) all.add(name, value);
  return all;
}

Identifier::Identifier(const Services& services, IdentifySettings settings, const Clock& clock)
    : services_(services), settings_(settings), nonces_(clock, settings.nonces) {}

auth::Caller Identifier::stranger() const {
  return {.level = settings_.site_open ? auth::Level::anonymous : auth::Level::none, .user_id = 0};
}

io::Task<Outcome<Identity>> Identifier::identify(const http::RequestHead& head, const Arguments& arguments,
                                                 const Call& call) {
  auto identity = co_await judge(head, arguments, call);
  if (!identity && identity.error().code != Code::temporarily_unavailable) refused_.add();
  co_return identity;
}

io::Task<Outcome<Identity>> Identifier::judge(const http::RequestHead& head, const Arguments& arguments,
                                              const Call& call) {
  const auto bearer = auth::bearer_from_header(head.header("authorization"));
  if (!bearer) co_return std::unexpected(services_.trouble(call, bearer.error()));
  if (bearer->has_value()) co_return co_await identify_bearer(std::string(**bearer), call);
  co_return co_await identify_oauth(head, arguments, call);
}

io::Task<Outcome<Identity>> Identifier::identify_bearer(std::string token, const Call& call) {
  const auto found = co_await services_.catalog.find_credentials_by_bearer(auth::bearer_digest(token));
  if (!found) co_return std::unexpected(services_.trouble(call, found.error()));
  const auto caller = auth::bearer_caller(token, *found);
  if (!caller) co_return std::unexpected(services_.trouble(call, caller.error()));
  co_return Identity{.caller = *caller, .bearer = std::move(token), .consumer_key = (*found)->consumer_key};
}

Result<std::optional<auth::OAuthClaim>> Identifier::read_claim(const http::RequestHead& head,
                                                               const Arguments& arguments) {
  Params signed_params = arguments.form;
  for (const auto& [name, value] : arguments.query) signed_params.add(name, value);
  return auth::read_oauth(head.header("authorization"), signed_params);
}

Result<Identifier::Proof> Identifier::prove(auth::OAuthClaim claim, const http::RequestHead& head,
                                            const Arguments& arguments, const auth::OAuthSecrets& secrets) {
  const auth::SignedRequest request = signed_request(head);
  Proof proof{.claim = std::move(claim)};
  if (!auth::signature_fits(proof.claim, request, secrets)) {
    const std::string wrong = "oauth: wrong signature: " + proof.claim.consumer_key;
    // Clients that sign the body alone go on working when the query is read.
    if (arguments.query.empty()) return bad_signature(wrong);
    auto without = auth::read_oauth(head.header("authorization"), arguments.form);
    const bool fits = without && without->has_value() && (*without)->consumer_key == proof.claim.consumer_key &&
                      (*without)->token == proof.claim.token && auth::signature_fits(**without, request, secrets);
    if (!fits) return bad_signature(wrong);
    proof = {.claim = std::move(**without), .query_unsigned = true};
  }
  const auth::OAuthClaim& proved = proof.claim;
  switch (nonces_.remember(proved.consumer_key, proved.token, proved.timestamp, proved.nonce)) {
    case auth::NonceMemory::Verdict::fresh: break;
    case auth::NonceMemory::Verdict::outside_window:
      return bad_signature("oauth: timestamp outside the window: " + proved.consumer_key);
    case auth::NonceMemory::Verdict::repeated:
      return bad_signature("oauth: repeated request: " + proved.consumer_key);
  }
  return proof;
}

io::Task<Outcome<Identity>> Identifier::identify_oauth(const http::RequestHead& head, const Arguments& arguments,
                                                       const Call& call) {
  const auto refuse_with = [&](Code code, const Error& error) -> std::unexpected<Problem> {
    if (services_.on_trouble) services_.on_trouble(call, error);
    return std::unexpected(problem(code));
  };
  auto claim = read_claim(head, arguments);
  if (!claim) co_return refuse_with(Code::invalid_signature, claim.error());
  if (!claim->has_value()) {
    const auto caller = co_await identify_browser(head, call);
    if (!caller) co_return std::unexpected(caller.error());
    co_return Identity{.caller = *caller, .bearer = {}};
  }
  const std::string consumer_key = (*claim)->consumer_key;
  const auto keys = co_await find_keys(consumer_key, (*claim)->token);
  if (!keys) co_return std::unexpected(services_.trouble(call, keys.error()));
  if (!keys->has_value())
    co_return refuse_with(Code::invalid_signature, bad_signature("oauth: unknown or revoked keys").error());
  const auto proof = prove(std::move(**claim), head, arguments, (*keys)->secrets);
  if (!proof) co_return refuse_with(Code::invalid_signature, proof.error());
  // Only who holds the secrets is told so.
  if ((*keys)->user_gone)
    co_return refuse_with(Code::invalid_oauth_user, bad_signature("oauth: the user is gone: " + consumer_key).error());
  co_return Identity{.caller = (*keys)->caller, .bearer = {}, .query_unsigned = proof->query_unsigned,
                     .consumer_key = consumer_key};
}

io::Task<Outcome<auth::Caller>> Identifier::identify_browser(const http::RequestHead& head, const Call& call) {
  const auto cookie = settings_.site_open ? std::nullopt : cookie_of(head, Cookie::session);
  if (!cookie) co_return stranger();
  const auto session = co_await services_.logins.find_session(kept_of(*cookie), call.now);
  if (!session) co_return std::unexpected(services_.trouble(call, session.error()));
  if (!session->has_value()) co_return stranger();
  co_return auth::Caller{.level = auth::Level::anonymous, .user_id = 0};
}

io::Task<Result<std::optional<Identifier::Keys>>> Identifier::find_keys(std::string consumer_key, std::string token) {
  const auto found = co_await services_.grants.find_application(std::move(consumer_key), token);
  if (!found) co_return fail(found.error());
  if (!found->has_value()) co_return std::nullopt;
  const catalog::Credentials& credentials = (*found)->credentials;
  if (credentials.revoked || credentials.consumer_secret.empty()) co_return std::nullopt;
  if (token.empty()) co_return Keys{{credentials.consumer_secret, ""}, stranger()};
  const std::optional<catalog::User>& user = (*found)->user;
  if (const auto& grant = (*found)->grant) {
    if (grant->revoked) co_return std::nullopt;
    Keys keys{{credentials.consumer_secret, grant->secret}, stranger(), !user.has_value()};
    if (user) keys.caller = {.level = auth::granted_level(credentials.level, *user), .user_id = user->user_id};
    co_return keys;
  }
  if (credentials.access_token.empty() || !constant_time_equal(credentials.access_token, token)) co_return std::nullopt;
  co_return Keys{{credentials.consumer_secret, credentials.access_token_secret},
                 {.level = credentials.level, .user_id = credentials.user_id},
                 !user.has_value() && credentials.user_id != 0};
}

auth::SignedRequest Identifier::signed_request(const http::RequestHead& head) const {
  auth::SignedRequest request{.method = head.method, .path = path_as_sent(head.target), .hosts = {}};
  if (const auto host = head.header("host")) request.hosts.emplace_back(*host);
  // A proxy may have put its own idea of a host there; these names are ours too.
  const std::string& url = services_.site.public_url;
  if (const std::size_t scheme = url.find("://"); scheme != std::string::npos) request.hosts.push_back(url.substr(scheme + 3));
  if (!services_.site.domain.empty()) request.hosts.push_back(services_.site.domain);
  return request;
}

}  // namespace stile::api
