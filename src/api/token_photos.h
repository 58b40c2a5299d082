// Which photo somebody means who holds the upload token that made it.
#pragma once

#include "api/call.h"
#include "api/errors.h"
#include "api/services.h"

namespace stile::api {

// The token of a call's `upload_token`, when it may still change what it made: until it expires or is revoked, also
// when it is used up, and the page that calls may use it. Problems: invalid_upload_token, permission_denied.
io::Task<Outcome<catalog::Token>> holder_of(const Call& call, const Services& services);

// The photo of that token which the call means: by photo_id, by resumableIdentifier, or the only one there is.
// Problems: no_such_photo, also for one of another token; invalid_input when several are meant.
io::Task<Outcome<catalog::Photo>> photo_of_holder(const Call& call, const catalog::Token& token,
                                                  const Services& services);

}  // namespace stile::api
