// license/list: the licences that a site can name by number. The numbers are for ever.
#include "api/envelope.h"
#include "api/site_methods.h"

namespace stile::api {
namespace {

struct License {
  std::int64_t license_id;
  const char* name;
  const char* url;
};

constexpr License kLicenses[] = {
    {1, "All rights reserved", ""},
    {2, "Creative Commons Attribution 4.0", "https://creativecommons.org/licenses/by/4.0/"},
    {3, "Creative Commons Attribution-ShareAlike 4.0", "https://creativecommons.org/licenses/by-sa/4.0/"},
    {4, "Creative Commons Attribution-NoDerivatives 4.0", "https://creativecommons.org/licenses/by-nd/4.0/"},
    {5, "Creative Commons Attribution-NonCommercial 4.0", "https://creativecommons.org/licenses/by-nc/4.0/"},
    {6, "Creative Commons Attribution-NonCommercial-ShareAlike 4.0",
     "https://creativecommons.org/licenses/by-nc-sa/4.0/"},
    {7, "Creative Commons Attribution-NonCommercial-NoDerivatives 4.0",
     "https://creativecommons.org/licenses/by-nc-nd/4.0/"},
    {8, "Creative Commons Zero 1.0", "https://creativecommons.org/publicdomain/zero/1.0/"},
};

}  // namespace

io::Task<http::Reply> list_licenses(Call call, Format format, const Services& services) {
  List list{.name = "license",
            .plural = "licenses",
            .items = {},
            .page = std::nullopt,
            .total_count = static_cast<std::int64_t>(std::size(kLicenses))};
  for (const License& license : kLicenses) {
    Object object;
    object.number("license_id", license.license_id).text("name", license.name).text("url", license.url);
    list.items.push_back(std::move(object));
  }
  co_return ok_reply(call, format, services.site, Answer{.payload = std::move(list)});
}

}  // namespace stile::api
