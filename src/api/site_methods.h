// site/get, license/list, player/list, spot/list and concatenate. Source: spec/api.md 3.15, 1.6.
#pragma once

#include "api/methods.h"

namespace stile::api {

// get_site.cc
io::Task<http::Reply> get_site(Call call, Format format, const Services& services);
// list_licenses.cc
io::Task<http::Reply> list_licenses(Call call, Format format, const Services& services);
// list_players.cc: v1 only
io::Task<http::Reply> list_players(Call call, Format format, const Services& services);
io::Task<http::Reply> list_spots(Call call, Format format, const Services& services);
// concatenate.cc: every parameter names a call of v1, "/api/photo/list?size=1"; the answer is a JSON object of their
// answers by those names. Calls are made as the caller, at most kMaxConcatenated of them, one after the other; one that
// is no good has an error as its answer and the others go on. v1 only.
inline constexpr std::size_t kMaxConcatenated = 20;
io::Task<http::Reply> concatenate(Call call, Format format, const Services& services);

}  // namespace stile::api
