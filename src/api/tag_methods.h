// The methods tag/…, each in a file of its own. Source: spec/api.md 3.15.
#pragma once

#include "api/methods.h"

namespace stile::api {

// list_tags.cc: search (how a tag begins), reformat_tags_p, exclude_machine_tags_p, orderby, order, p, size. Tags of
// published photos, in the spelling in which each was first given.
io::Task<http::Reply> list_tags(Call call, Format format, const Services& services);
// related_tags.cc: tag. At most 100, those that occur with it most often first; no_such_tag when no photo has it.
io::Task<http::Reply> related_tags(Call call, Format format, const Services& services);

// "/tag/summer%20house"
std::string tag_url(const std::string& tag);

}  // namespace stile::api
