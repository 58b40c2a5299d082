// site/get. In v1 JSON the site is the `site` that every answer carries, so there is no second one.
#include "api/envelope.h"
#include "api/site_methods.h"

namespace stile::api {

io::Task<http::Reply> get_site(Call call, Format format, const Services& services) {
  if (format.v1_json()) co_return ok_reply(call, format, services.site, Answer{});
  const Site& site = services.site;
  Object object;
  object.number("site_id", site.site_id).text("site_name", site.site_name).text("product_key", site.product_key);
  if (format.v2_json())
    object.flag("allow_signup_p", site.allow_signup);
  else
    object.text("allow_signup_p", site.allow_signup ? "t" : "f");
  object.text("site_key", site.site_key).number("license_id", site.license_id).text("domain", site.domain);
  co_return ok_reply(call, format, site, Answer{.payload = Single{"site", std::move(object)}});
}

}  // namespace stile::api
