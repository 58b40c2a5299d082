#include "api/identify.h"

#include "auth/bearer.h"
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

Error bad_signature(std::string cause) { return Error{Errc::unauthenticated, {}, std::move(cause)}; }

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
  co_return Identity{.caller = *caller, .bearer = std::move(token)};
}

io::Task<Outcome<Identity>> Identifier::identify_oauth(const http::RequestHead& head, const Arguments& arguments,
                                                       const Call& call) {
  const auto refuse = [&](const Error& error) -> std::unexpected<Problem> {
    if (services_.on_trouble) services_.on_trouble(call, error);
    return std::unexpected(problem(Code::invalid_signature));
  };
  Params signed_params = arguments.form;
  for (const auto& [name, value] : arguments.query) signed_params.add(name, value);
  auto claim = auth::read_oauth(head.header("authorization"), signed_params);
  if (!claim) co_return refuse(claim.error());
  if (!claim->has_value()) co_return Identity{.caller = stranger(), .bearer = {}};

  const auto keys = co_await find_keys((*claim)->consumer_key, (*claim)->token);
  if (!keys) co_return std::unexpected(services_.trouble(call, keys.error()));
  if (!keys->has_value()) co_return refuse(bad_signature("oauth: unknown or revoked keys"));

  const auth::SignedRequest request = signed_request(head);
  bool query_unsigned = false;
  if (!auth::signature_fits(**claim, request, (*keys)->secrets)) {
    // Clients that sign the body alone go on working when the query is read.
    if (arguments.query.empty()) co_return refuse(bad_signature("oauth: wrong signature: " + (*claim)->consumer_key));
    const auto without = auth::read_oauth(head.header("authorization"), arguments.form);
    const bool fits = without && without->has_value() && (*without)->consumer_key == (*claim)->consumer_key &&
                      (*without)->token == (*claim)->token &&
                      auth::signature_fits(**without, request, (*keys)->secrets);
    if (!fits) co_return refuse(bad_signature("oauth: wrong signature: " + (*claim)->consumer_key));
    claim = without;
    query_unsigned = true;
  }
  switch (nonces_.remember((*claim)->consumer_key, (*claim)->token, (*claim)->timestamp, (*claim)->nonce)) {
    case auth::NonceMemory::Verdict::fresh: break;
    case auth::NonceMemory::Verdict::outside_window:
      co_return refuse(bad_signature("oauth: timestamp outside the window: " + (*claim)->consumer_key));
    case auth::NonceMemory::Verdict::repeated:
      co_return refuse(bad_signature("oauth: repeated request: " + (*claim)->consumer_key));
  }
  co_return Identity{.caller = (*keys)->caller, .bearer = {}, .query_unsigned = query_unsigned};
}

io::Task<Result<std::optional<Identifier::Keys>>> Identifier::find_keys(std::string consumer_key, std::string token) {
  const auto found = co_await services_.catalog.find_credentials_by_consumer_key(std::move(consumer_key));
  if (!found) co_return fail(found.error());
  if (!found->has_value() || (*found)->revoked || (*found)->consumer_secret.empty()) co_return std::nullopt;
  const catalog::Credentials& credentials = **found;
  if (token.empty()) co_return Keys{{credentials.consumer_secret, ""}, stranger()};
  if (credentials.access_token.empty() || !constant_time_equal(credentials.access_token, token)) co_return std::nullopt;
  co_return Keys{{credentials.consumer_secret, credentials.access_token_secret},
                 {.level = credentials.level, .user_id = credentials.user_id}};
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
