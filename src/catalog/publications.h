// Drafts that publish themselves: unpublished photos whose publish date was in the future when they were last written.
// Internal to catalog/.
//
// photo_links.cc keeps `publications` in step with photos. A draft whose time came while nobody looked is published by
// the next who looks or edits it, so that an edit never makes it a draft for ever.
// Source: spec/api.md 3.1, 3.8.
#pragma once

#include "catalog/session.h"

namespace stile::catalog {

// Whether `photo` is to be published at its publish date.
inline bool is_scheduled(const Photo& photo) {
  const Metadata& metadata = photo.metadata;
  return !metadata.publish && metadata.publish_date &&
         *metadata.publish_date > photo.edited_at.value_or(photo.created_at);
}

// Publishes this photo if it is scheduled and its time has come. Called before a photo is edited.
void publish_if_due(Session& session, std::int64_t photo_id, WallTime now);

}  // namespace stile::catalog
