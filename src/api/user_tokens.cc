#include "api/user_tokens.h"

#include "api/dates.h"
#include "api/envelope.h"
#include "api/parameters.h"

namespace stile::api {
namespace {

constexpr std::chrono::hours kAskAgainAfter{30 * 24};

// "2026-01-31T12:00:00Z"
std::string iso_date(WallTime time) {
  std::string text = ansi_date(time) + "Z";
  text[text.find(' ')] = 'T';
  return text;
}

}  // namespace

io::Task<http::Reply> user_tokens(Call call, Format format, const Services& services) {
  if (call.bearer.empty())
    co_return error_reply(call, format, problem(Code::token_required, "This method needs a bearer token"));
  ParameterReader reader(call.params);
  (void)reader.flag("cross_sites_p", false);  // there is one site
  if (reader.problem()) co_return error_reply(call, format, *reader.problem());
  const Site& site = services.site;
  Object entry;
  entry.text("domain", site.domain)
      .text("display_name", site.site_name)
      .text("bearer_token", call.bearer)
      .text("expiration_time", iso_date(call.now + kAskAgainAfter))
      .text("api_base_url", url_of(site, call) + "/")
      .text("site_name", site.site_name)
      .number("site_id", site.site_id)
      .number("user_id", call.caller.user_id)
      .text("permission_level", std::string(auth::level_name(call.caller.level)))
      .flag("canonical_user_p", true)
      .flag("starred_p", false);
  List list{.name = "token", .plural = "tokens", .items = {std::move(entry)}, .page = {}, .total_count = 1};
  co_return ok_reply(call, format, site, Answer{.payload = std::move(list), .v2_twins = {"tokens", "sites"}});
}

}  // namespace stile::api
