// A photo as photo/list shows it. Source: spec/api.md 3.10, 3.16.
//
// What does not exist yet (renditions, lengths, views, comments, ratings, coordinates) is shown as absent: no width, no
// height, size 0, no address; never as something made up.
#pragma once

#include <string>
#include <vector>

#include "api/call.h"
#include "api/format.h"
#include "api/values.h"
#include "catalog/library.h"

namespace stile::api {

struct PhotoView {
  bool may_read = false;   // level read and up: sees hidden albums and the secrets of what is not published
  std::string shown_token = {};  // by which the photo was opened: its own, or one that ends
  bool full_urls = false;  // addresses of files with scheme and host
  const std::vector<std::string>* variables = nullptr;  // the keys of custom variables, each shown as a property
  std::string site_url = {};  // scheme and host
};

Object photo_object(const catalog::ListedPhoto& item, const Format& format, const PhotoView& view);

}  // namespace stile::api
