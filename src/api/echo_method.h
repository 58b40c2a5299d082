// echo: mirrors the parameters of the call, for people who try out their client. Source: spec/api.md 3.15.
#pragma once

#include "api/methods.h"

namespace stile::api {

// Of a repeated parameter the first is shown; oauth_* are not.
io::Task<http::Reply> echo(Call call, Format format, const Services& services);

}  // namespace stile::api
