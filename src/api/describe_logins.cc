// What the methods that log browsers in take and answer.
#include "api/description.h"

namespace stile::api {
namespace {

constexpr Parameter kGetLogin[] = {
    in::id("user_id", "The user that the browser will be logged in as; else the caller"),
    in::text("return_url", "Where the browser goes then: an http or https URL").up_to(8'000),
};
constexpr Property kLoginToken[] = {out::text("login_token"), out::text("return_url"), out::id("user_id")};

constexpr Parameter kGetSession[] = {
    in::text("return_url", "Where the browser goes then: an http or https URL").up_to(8'000),
};
constexpr Property kSessionToken[] = {out::text("access_token"), out::text("return_url")};

constexpr Parameter kRedeemLogin[] = {in::text("login_token", "From user/get-login-token").required()};
constexpr Parameter kRedeemSession[] = {
    in::text("session_token", "What session/get-token calls access_token").required()};

constexpr std::string_view kRemark =
    "A token that was made with a return_url answers with a redirect (302) to it. The session is a cookie.";

using Verb = Description::Verb;

constexpr Description kLogins[] = {
    {.name = "session/get-token",
     .tag = "session",
     .verb = Verb::get,
     .summary = "Makes a token that lets one browser see what is public on a closed site",
     .remark = "It lives for 15 minutes and is good once.",
     .parameters = kGetSession,
     .data = kSessionToken},
    {.name = "session/redeem-token",
     .tag = "session",
     .verb = Verb::get,
     .summary = "Opens a visitor's session",
     .remark = kRemark,
     .parameters = kRedeemSession,
     .failures = {Code::permission_denied, Code::token_required}},
    {.name = "user/get-login-token",
     .tag = "user",
     .verb = Verb::get,
     .summary = "Makes a token that logs one browser in as a user",
     .remark = "It lives for 15 minutes and is good once.",
     .parameters = kGetLogin,
     .data = kLoginToken,
     .failures = {Code::no_such_user}},
    {.name = "user/redeem-login-token",
     .tag = "user",
     .verb = Verb::get,
     .summary = "Logs the browser in",
     .remark = kRemark,
     .parameters = kRedeemLogin,
     .failures = {Code::permission_denied, Code::token_required}},
};

}  // namespace

std::span<const Description> login_descriptions() { return kLogins; }

}  // namespace stile::api
