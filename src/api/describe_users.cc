// What user/* takes and answers.
#include "api/description.h"

namespace stile::api {
namespace {

constexpr Parameter kCreate[] = {
    in::text("email", "Mail address; nobody else may have it").required().up_to(200),
    in::text("username", "At least 4 of the characters a-z A-Z 0-9 . _ - @ +; made from the address when not given")
        .up_to(200),
    in::text("password", "At least 8 characters; without one nobody can log in").up_to(1'000),
    in::text("full_name", "Name to show").up_to(200),
    in::text("timezone", "Time zone, as text").up_to(200),
    in::text("about_abstract", "About the person").up_to(5'000),
    in::flag("site_admin", "Whether the user administrates the site").otherwise("false"),
};
constexpr Property kCreated[] = {
    out::id("user_id"),     out::text("email"),      out::text("username"),
    out::text("full_name"), out::flag("site_admin"), out::text("timezone"),
};

constexpr Parameter kUpdate[] = {
    in::id("user_id", "The user, at level super; else the caller"),
    in::text("email", "A new mail address").up_to(200),
    in::text("username", "A new name to log in with, at least 4 characters").up_to(200),
    in::text("password", "A new password, at least 8 characters").up_to(1'000),
    in::text("full_name", "A new name to show").up_to(200),
    in::text("timezone", "A new time zone, as text").up_to(200),
    in::text("about_abstract", "About the person").up_to(5'000),
    in::flag("site_admin", "Whether the user administrates the site"),
};

constexpr Parameter kGet[] = {in::id("user_id", "The user; else the caller")};
constexpr Property kUser[] = {
    out::id("user_id"),
    out::text("username"),
    out::text("url"),
    out::text("timezone"),
    out::text("about_abstract"),
    out::text("full_name").sometimes(),
    out::text("email").sometimes(),
    out::flag("site_admin").sometimes(),
};

constexpr Parameter kList[] = {
    in::id("user_id", "Only this user"),
    in::text("search", "Part of a name; from level admin of a mail address too").up_to(500),
    in::one_of("orderby", "display_name username site_admin_p email creation_date last_login", "The order"),
    in::one_of("order", "desc asc", "Its direction"),
};
constexpr Property kListed[] = {
    out::id("user_id"),
    out::text("username"),
    out::text("display_name"),
    out::text("url"),
    out::text("full_name").sometimes(),
    out::text("email").sometimes(),
    out::flag("site_admin").sometimes(),
    out::text("about_abstract"),
};

constexpr Property kToken[] = {
    out::text("domain"),           out::text("display_name"), out::text("bearer_token"),
    out::text("expiration_time"),  out::text("api_base_url"), out::text("site_name"),
    out::number("site_id"),        out::number("user_id"),    out::one_of("permission_level", "read write admin super"),
    out::flag("canonical_user_p"), out::flag("starred_p"),
};
constexpr Parameter kTokens[] = {in::flag("cross_sites_p", "Changes nothing: there is one site")};

using Data = Description::Data;
using Verb = Description::Verb;

constexpr Description kUsers[] = {
    {.name = "user/create",
     .tag = "user",
     .summary = "Makes a user",
     .parameters = kCreate,
     .data = kCreated,
     .failures = {Code::invalid_username, Code::user_already_exists}},
    {.name = "user/get",
     .tag = "user",
     .verb = Verb::get,
     .summary = "Describes a user, or the caller",
     .remark = "`full_name`, `email` and `site_admin` are shown to the user and from level admin.",
     .parameters = kGet,
     .data = kUser,
     .failures = {Code::no_such_user}},
    {.name = "user/list",
     .tag = "user",
     .verb = Verb::get,
     .summary = "Lists users",
     .remark = "`full_name`, `email` and `site_admin` are shown from level admin.",
     .parameters = kList,
     .shape = Data::pages,
     .data = kListed},
    {.name = "user/tokens",
     .tag = "user",
     .verb = Verb::get,
     .summary = "Shows the caller's bearer token and where to use it",
     .remark = "The same array stands under `tokens` and `sites` too.",
     .parameters = kTokens,
     .shape = Data::list,
     .data = kToken,
     .twins = "tokens sites",
     .failures = {Code::token_required}},
    {.name = "user/update",
     .tag = "user",
     .summary = "Changes the caller, or at level super any user",
     .remark = "What is not given stays as it is.",
     .parameters = kUpdate,
     .failures = {Code::invalid_username, Code::no_such_user, Code::user_already_exists}},
};

}  // namespace

std::span<const Description> user_descriptions() { return kUsers; }

}  // namespace stile::api
