// The name that a browser is told to save a file under. Source: docs/security.md, "Mime confusion on download".
//
// A stranger chose the name, somebody else will double-click it: of "../../holiday.html", sent as a picture that is
// also a web page, "holiday.html.jpg" is left. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace stile::api {

// The last component of `file_name`, without characters that cannot be seen or that a file system takes for something
// else, no device of Windows, of bounded length, ending in an extension of `content_type`; "photo-<id>.<extension>"
// where nothing is left. UTF-8, as `file_name` is.
std::string download_name(std::string_view file_name, std::string_view content_type, std::int64_t photo_id);

}  // namespace stile::api
