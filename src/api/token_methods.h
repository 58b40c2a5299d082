// The methods that make upload tokens. Source: spec/api.md 3.1, 4.3 (what is remembered for the callback), 6.
#pragma once

#include "api/methods.h"
#include "api/values.h"

namespace stile::api {

// photo/get-upload-token
io::Task<http::Reply> get_upload_token(Call call, Format format, const Services& services);
// photo/get-replace-token (replace_token.cc)
io::Task<http::Reply> get_replace_token(Call call, Format format, const Services& services);
// photo/delete-upload-token (delete_upload_token.cc): deletes a photo, not the token
io::Task<http::Reply> delete_upload_token(Call call, Format format, const Services& services);

// update_token_methods.cc
io::Task<http::Reply> get_update_token(Call call, Format format, const Services& services);
// Also photo/update, when it comes with an update_token.
io::Task<http::Reply> redeem_update_token(Call call, Format format, const Services& services);
// photo/update-upload-token (update_upload_token.cc)
io::Task<http::Reply> update_upload_token(Call call, Format format, const Services& services);

// What a call says about the photo to be: title, description, tags, album_id, publish, absolute_url and, in v2,
// publish_date, where a date to come means "not published yet". Also for photo/upload.
catalog::Metadata read_metadata(const Call& call, const Rules& rules, ParameterReader& reader);

// The token that the call's parameters describe, with a fresh secret; not stored, its albums not looked up.
// Out-of-range valid_minutes and max_uploads are clamped. user_id counts for level super only. publish_date counts in
// v2 only, where a date to come means "not published yet"; in v1 it is an extra like any other parameter that is not
// documented.
// Fails with invalid_input, naming the parameter, and invalid_album.
Outcome<catalog::Token> make_token(const Call& call, const Rules& rules, Random& random);

// Likewise for photo/get-replace-token; whether there is such a photo is not looked up.
Outcome<catalog::Token> make_replace_token(const Call& call, std::int64_t photo_id, const Rules& rules, Random& random);

// Stores a token for a photo that exists: no_such_photo. (replace_token.cc)
io::Task<Outcome<void>> add_photo_token(const Call& call, const Services& services, const catalog::Token& token);

// make_token, then the albums are looked up and the token is stored. Also what the command line calls.
io::Task<Outcome<catalog::Token>> create_token(Call call, const Services& services);

// The token's properties in the order and types of that format.
Object token_object(const catalog::Token& token, const Format& format);

}  // namespace stile::api
