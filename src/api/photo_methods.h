// The methods photo/… that read and edit what has landed. Each in a file of its own. Source: spec/api.md 3.10 to 3.14.
#pragma once

#include "api/methods.h"

namespace stile::api {

// list_photos.cc. Level none, because tokens of objects open what they belong to; everything else needs anonymous.
io::Task<http::Reply> list_photos(Call call, Format format, const Services& services);
// update_photo.cc
io::Task<http::Reply> update_photo(Call call, Format format, const Services& services);
// delete_photo.cc
io::Task<http::Reply> delete_photo(Call call, Format format, const Services& services);
// transcoding_progress.cc
io::Task<http::Reply> transcoding_progress(Call call, Format format, const Services& services);
// photo_frame.cc
io::Task<http::Reply> photo_frame(Call call, Format format, const Services& services);

// What a call of photo/update asks to be changed; also for redeem-update-token, whose token names the photo. Parameters
// that are not there change nothing; title, description, tags and album_id that are there and empty clear.
Outcome<catalog::PhotoChange> read_photo_change(const Call& call, const Rules& rules, std::int64_t photo_id);
// Checks albums, changes, answers. With an update token the change is a use of it, which it may have none left for.
io::Task<http::Reply> apply_photo_change(Call call, Format format, const Services& services,
                                         catalog::PhotoChange change, std::string update_token = {});

// The required photo_id of a call.
Outcome<std::int64_t> required_photo_id(const Call& call);

}  // namespace stile::api
