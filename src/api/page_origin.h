// The origin of the page that sent a request, as its browser says.
#pragma once

#include <optional>
#include <string>

#include "api/call.h"
#include "base/text.h"
#include "http/head.h"

namespace stile::api {

// In lower case. nullopt: no browser says so, or it is a page of our own, which is no stranger however a token is limited.
inline std::optional<std::string> page_origin(const http::RequestHead& head, const Site& site) {
  const auto given = head.header("origin");
  if (!given) return std::nullopt;
  std::string origin = to_lower(*given);
  const std::string own = (head.is_secure() ? "https://" : "http://") + std::string(head.header("host").value_or(""));
  if (iequals(origin, own) || iequals(origin, site.public_url)) return std::nullopt;
  return origin;
}

}  // namespace stile::api
