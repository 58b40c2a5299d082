// user/tokens: which sites a bearer token opens, and with which token. v2 only. Source: spec/api.md 2.5.
//
// There is one site, so there is one entry, under `tokens` and `sites` and, as in every list, `data`. Its bearer_token
// is the one that the request showed: the client learns nothing that it did not have, nothing new has to be kept or
// revoked, and revoking the credentials ends what the client stored. A caller with an OAuth signature has no bearer
// token, and only a digest of the one made beside its keys is kept: token_required.
// expiration_time is when the client should ask again; the token itself does not end.
#pragma once

#include "api/call.h"
#include "api/format.h"
#include "api/services.h"
#include "http/reply.h"
#include "io/task.h"

namespace stile::api {

io::Task<http::Reply> user_tokens(Call call, Format format, const Services& services);

}  // namespace stile::api
