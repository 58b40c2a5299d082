// What the methods about the site itself take and answer.
#include "api/description.h"

namespace stile::api {
namespace {

constexpr Property kSite[] = {
    out::number("site_id"), out::text("site_name"),    out::text("product_key"), out::flag("allow_signup_p"),
    out::text("site_key"),  out::number("license_id"), out::text("domain"),
};
constexpr Property kLicense[] = {out::id("license_id"), out::text("name"), out::text("url")};

using Data = Description::Data;
using Extras = Description::Extras;
using Verb = Description::Verb;

constexpr Description kSiteMethods[] = {
    {.name = "concatenate",
     .tag = "site",
     .verb = Verb::get,
     .summary = "Calls several methods at once",
     .remark = "Each parameter is a path and a query, such as `/api/photo/list?size=1`; the answer has the JSON reply "
               "of each "
               "under the parameter's name.",
     .extras = Extras::kept,
     .shape = Data::open},
    {.name = "echo",
     .tag = "site",
     .verb = Verb::get,
     .summary = "Says what was sent",
     .extras = Extras::kept,
     .shape = Data::open},
    {.name = "license/list",
     .tag = "site",
     .verb = Verb::get,
     .summary = "Lists the licences that a photo can have",
     .shape = Data::list,
     .data = kLicense},
    {.name = "player/list",
     .tag = "site",
     .verb = Verb::get,
     .summary = "Lists players: there are none",
     .shape = Data::pages},
    {.name = "site/get", .tag = "site", .verb = Verb::get, .summary = "Describes the site", .data = kSite},
    {.name = "spot/list",
     .tag = "site",
     .verb = Verb::get,
     .summary = "Lists spots: there are none",
     .shape = Data::pages},
};

}  // namespace

std::span<const Description> site_descriptions() { return kSiteMethods; }

}  // namespace stile::api
