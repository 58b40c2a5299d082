// The methods album/… of the API. Source: spec/api.md 3.15.
#pragma once

#include <string_view>
#include <vector>

#include "api/methods.h"

namespace stile::api {

// title (required), description, hide_p, user_id (super only, else ignored). Answers album_id and token.
io::Task<http::Reply> create_album(Call call, Format format, const Services& services);

// list_albums.cc. Level none, because an album's own token opens it; everything else needs anonymous.
io::Task<http::Reply> list_albums(Call call, Format format, const Services& services);
// update_album.cc: album_id (required), title, description, hide_p; what is not there stays.
io::Task<http::Reply> update_album(Call call, Format format, const Services& services);
// delete_album.cc: album_id. The photos stay.
io::Task<http::Reply> delete_album(Call call, Format format, const Services& services);

// "12,13" as numbers, without repetitions; white space and empty pieces are skipped. Fails with invalid_album for
// anything that is not a positive number and for more than `max` of them.
Outcome<std::vector<std::int64_t>> parse_album_ids(std::string_view text, std::size_t max);

// Fails with no_such_album when one of them is not in the catalog.
io::Task<Outcome<>> check_albums(const Call& call, std::vector<std::int64_t> ids, const Services& services);

}  // namespace stile::api
