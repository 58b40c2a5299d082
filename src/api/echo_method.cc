#include "api/echo_method.h"

#include <set>

#include "api/envelope.h"

namespace stile::api {

io::Task<http::Reply> echo(Call call, Format format, const Services& services) {
  Object mirrored;
  std::set<std::string_view> seen;
  for (const auto& [name, value] : call.params)
    if (!name.starts_with("oauth_") && seen.insert(name).second) mirrored.text(name, value);
  co_return ok_reply(call, format, services.site, Answer{.payload = Single{"echo", std::move(mirrored)}});
}

}  // namespace stile::api
