// The tables by which photos are found: cards, albums, tags, variables, counts, words. Internal to catalog/.
//
// Whoever inserts, changes or deletes a row of `photos` calls these in the same transaction, with the row as it is in
// the table: unlink what was, then link what is. What readers can see of it they are told (announce.h).
#pragma once

#include "catalog/photo_dates.h"
#include "catalog/session.h"

namespace stile::catalog {

void link_photo(Session& session, const Photo& photo);
void unlink_photo(Session& session, const Photo& photo);
// Which of the tables do not say of `photo` what link_photo would write: their names; empty when all is well. The counts
// are not looked at.
std::vector<std::string> link_faults(Session& session, const Photo& photo);

// "12,13" as numbers, without repetitions; what is no positive number is left out.
std::vector<std::int64_t> album_ids_of(std::string_view text);

// Links all photos anew when a migration asked for it, in one transaction: a crash in the middle leaves the request.
void relink_photos_blocking(Session& session);

}  // namespace stile::catalog
