// Conditional requests: whether a client already has what it asks for. Source: RFC 9110 section 13.1.2.
#pragma once

#include <string_view>

#include "base/text.h"

namespace stile::http {

// Whether `header`, the value of an If-None-Match, names `etag` ("\"…\""). Compared weakly, as the RFC wants it there.
inline bool matches_etag(std::string_view header, std::string_view etag) {
  for (std::string_view candidate : split(header, ',')) {
    candidate = trim(candidate);
    if (candidate.starts_with("W/")) candidate.remove_prefix(2);
    if (candidate == "*" || candidate == etag) return true;
  }
  return false;
}

}  // namespace stile::http
