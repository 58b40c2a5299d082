// The dates of a photo that follow from others.
#pragma once

#include "catalog/records.h"

namespace stile::catalog {

// When a photo is shown as published: its own date, else when it came.
inline WallTime published_at(const Photo& photo) { return photo.metadata.publish_date.value_or(photo.created_at); }

}  // namespace stile::catalog
