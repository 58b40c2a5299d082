// The OpenAPI 3.1 description of v2, made from the table of methods and their descriptions.
//
// Every operation is shown under the one verb that fits, though both work. With a method comes its level as the scope
// of its security schemes, and as x-permission-level. What `data` always holds, unless the parameter `fields` leaves it
// out, is listed in x-always-present: `required` would be untrue for whoever uses `fields`. Source: spec/api.md 1, 2.5.
#pragma once

#include <span>
#include <string>

#include "api/description.h"
#include "http/reply.h"

namespace stile::api {

inline constexpr std::string_view kOpenApiPath = "/api/2/openapi.json";

// The custom variables of the site: names of parameters and properties.
using Variables = std::span<const std::string>;

// The document as JSON text.
std::string openapi_document(Variables variables = {});

// Serves one text under a tag, so that asking again is cheap. Immutable.
class OpenApiPage {
 public:
  explicit OpenApiPage(Variables variables = {});
  http::Reply get(const http::RequestHead& head) const;

 private:
  std::string json_;
  std::string etag_;
};

}  // namespace stile::api
