#include "api/oauth_endpoints.h"

#include "api/small_form.h"
#include "api/web_session.h"
#include "auth/three_legged.h"
#include "notify/callback_url.h"

namespace stile::api {
namespace {

constexpr std::string_view kRequestToken = "/oauth/request_token";
constexpr std::string_view kAccessToken = "/oauth/access_token";

std::unexpected<Error> refused(std::string words, std::string cause = {}) {
  if (cause.empty()) cause = "oauth: " + words;
  return fail(Errc::unauthenticated, std::move(words), std::move(cause));
}

std::unexpected<Error> no_such_request() { return refused("The request token is invalid or was used already"); }

http::Reply form_reply(int status, const Params& params) {
  http::Reply reply = http::text_reply(status, "application/x-www-form-urlencoded", to_form(params));
  reply.set("Cache-Control", "no-store");
  return reply;
}

http::Reply error_answer(const Error& error) {
  if (is_temporary(error.code) || error.code == Errc::too_many_open)
    return form_reply(503, {{"error", "The service is temporarily unavailable, please try again later"}});
  return form_reply(401, {{"error", error.message.empty() ? "The API signature is invalid." : error.message}});
}

Result<void> check(catalog::Exchange exchange) {
  switch (exchange) {
    case catalog::Exchange::granted: return {};
    case catalog::Exchange::unknown: return no_such_request();
    case catalog::Exchange::expired: return refused("The request token has expired");
    case catalog::Exchange::not_approved: return refused("The request token was not approved");
    case catalog::Exchange::wrong_verifier: return refused("The verifier is wrong");
    case catalog::Exchange::nobody: return refused("The user or the application does not exist any more");
  }
  return no_such_request();
}

io::Task<Result<Arguments>> read_arguments(http::Request& request) {
  Arguments arguments;
  auto query = parse_form(request.head.query, kMaxSmallFields);
  if (!query) co_return fail(std::move(query).error());
  if (request.head.method != "POST") {
    arguments.form = std::move(*query);
    co_return std::move(arguments);
  }
  arguments.query = std::move(*query);
  auto form = co_await read_small_form(request);
  if (!form) co_return fail(std::move(form).error());
  arguments.form = std::move(*form);
  co_return std::move(arguments);
}

}  // namespace

bool OAuthEndpoints::serves(std::string_view path) { return path == kRequestToken || path == kAccessToken; }

io::Task<http::Reply> OAuthEndpoints::handle(http::Request& request) {
  const http::RequestHead& head = request.head;
  // Both leave something behind, so HEAD has no meaning here.
  if (head.method != "GET" && head.method != "POST") {
    http::Reply reply = http::plain_reply(405, "This address does not understand that method\n");
    reply.set("Allow", "GET, POST, OPTIONS");
    co_return reply;
  }
  Call call;
  call.endpoint = head.path;
  call.request_id = request.id;
  call.now = clock_.wall_now();
  const auto refuse_with = [&](const Error& error) {
    if (services_.on_trouble) services_.on_trouble(call, error);
    return error_answer(error);
  };
  const auto arguments = co_await read_arguments(request);
  if (!arguments) co_return refuse_with(arguments.error());
  auto claim = Identifier::read_claim(head, *arguments);
  if (!claim) co_return refuse_with(claim.error());
  if (!claim->has_value()) co_return refuse_with(refused("The request is not signed").error());
  const auto answer = head.path == kRequestToken ? co_await request_token(std::move(**claim), head, *arguments)
                                                 : co_await access_token(std::move(**claim), head, *arguments);
  if (!answer) co_return refuse_with(answer.error());
  co_return form_reply(200, *answer);
}

io::Task<Result<OAuthEndpoints::Signed>> OAuthEndpoints::judge(auth::OAuthClaim claim, const http::RequestHead& head,
                                                               const Arguments& arguments, std::string token_secret) {
  auto found = co_await services_.grants.find_application(claim.consumer_key, "");
  if (!found) co_return fail(found.error());
  if (!found->has_value() || (*found)->credentials.revoked || (*found)->credentials.consumer_secret.empty())
    co_return fail(Errc::unauthenticated, {}, "oauth: unknown or revoked keys");
  catalog::Credentials& credentials = (*found)->credentials;
  auto proof =
      identifier_.prove(std::move(claim), head, arguments, {credentials.consumer_secret, std::move(token_secret)});
  if (!proof) co_return fail(proof.error());
  co_return Signed{std::move(credentials), std::move(proof->claim.signed_params)};
}

io::Task<Result<Params>> OAuthEndpoints::request_token(auth::OAuthClaim claim, const http::RequestHead& head,
                                                       const Arguments& arguments) {
  if (!claim.token.empty()) co_return refused("A token has no place in this request");
  const auto caller = co_await judge(std::move(claim), head, arguments, "");
  if (!caller) co_return fail(caller.error());
  std::string callback(caller->params.get_or("oauth_callback", ""));
  if (callback.empty()) callback = auth::kOutOfBand;
  if (callback != auth::kOutOfBand) {
    if (const auto good = notify::check_return_url(callback); !good)
      co_return refused("oauth_callback must be an http or https URL, or oob", "oauth: " + good.error().message);
  }
  const WallTime now = clock_.wall_now();
  auto request = auth::make_request_token(services_.random, caller->credentials.consumer_key, std::move(callback), now,
                                          services_.rules.login.request_life);
  const auto added = co_await services_.grants.add_request(request);
  if (!added) co_return fail(added.error());
  co_return Params{{"oauth_token", std::move(request.token)},
                   {"oauth_token_secret", std::move(request.secret)},
                   {"oauth_callback_confirmed", "true"}};
}

io::Task<Result<Params>> OAuthEndpoints::access_token(auth::OAuthClaim claim, const http::RequestHead& head,
                                                      const Arguments& arguments) {
  if (claim.token.empty()) co_return refused("The request token is missing");
  const std::string token = claim.token;
  const auto request = co_await services_.grants.find_request(token);
  if (!request) co_return fail(request.error());
  if (!request->has_value() || (*request)->consumer_key != claim.consumer_key) co_return no_such_request();
  const auto caller = co_await judge(std::move(claim), head, arguments, (*request)->secret);
  if (!caller) co_return fail(caller.error());

  // Once approved, it stays with that user: what is read here holds in the exchange too.
  if ((*request)->user_id == 0) co_return fail(check(catalog::Exchange::not_approved).error());
  const WallTime now = clock_.wall_now();
  const auto user = co_await services_.library.find_user((*request)->user_id);
  if (!user) co_return fail(user.error());
  auto grant = auth::make_grant(services_.random, caller->credentials.consumer_key, (*request)->user_id, now);
  const auto exchanged = co_await services_.grants.exchange_request(
      token, kept_of(caller->params.get_or("oauth_verifier", "")), grant, now);
  if (!exchanged) co_return fail(exchanged.error());
  STILE_CO_TRY(check(*exchanged));
  if (!user->has_value()) co_return fail(check(catalog::Exchange::nobody).error());
  const Site& site = services_.site;
  co_return Params{{"oauth_token", std::move(grant.token)},
                   {"oauth_token_secret", std::move(grant.secret)},
                   {"domain", site.domain},
                   {"user_id", std::to_string((*user)->user_id)},
                   {"user_name", (*user)->name},
                   {"user_email", (*user)->email},
                   {"site_id", std::to_string(site.site_id)},
                   {"site_name", site.site_name},
                   {"url", "https://" + site.domain}};
}

}  // namespace stile::api
