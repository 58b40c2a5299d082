// The parameters of pages and endpoints outside the API: few and short.
#pragma once

#include "api/form_body.h"
#include "base/text.h"
#include "http/server.h"

namespace stile::api {

inline constexpr std::size_t kMaxSmallForm = 64 * kKiB;
inline constexpr std::size_t kMaxSmallFields = 100;

// Of an urlencoded body; other bodies have none. Fails with limit, invalid_input and the source's errors.
inline io::Task<Result<Params>> read_small_form(http::Request& request) {
  const std::string_view type = request.head.header("content-type").value_or("");
  if (!iequals(trim(type.substr(0, type.find(';'))), "application/x-www-form-urlencoded")) co_return Params{};
  co_return co_await read_form_body(request.body, kMaxSmallForm, kMaxSmallFields, request.memory);
}

}  // namespace stile::api
