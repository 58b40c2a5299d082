// The upload page: GET /upload/{upload_token}.
//
// Pure text: the same data gives the same document. It works as a plain form without scripts; the script that makes
// more of it (src/web/ui) reads the same data from a JSON block. Everything from outside is escaped, and nothing is
// inline that runs or styles, so that the Content-Security-Policy can forbid both.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "web/assets.h"

namespace stile::web {

enum class LinkState { ready, used_up, expired, revoked, unknown };

struct UploadPageData {
  LinkState state = LinkState::ready;
  std::string upload_token;
  std::string title;     // of the token, plain text; may be empty
  std::string endpoint;  // "/api/photo/redeem-upload-token"
  std::int64_t uploads_left = 0;
  std::int64_t max_uploads = 0;
  std::uint64_t max_file_bytes = 0;         // 0: no limit is shown
  std::int64_t valid_until = 0;             // epoch seconds; 0: not shown
  std::vector<std::string> accepted_types;  // "image/*", "video/mp4", …; empty: whatever the server takes
  std::uint64_t chunk_bytes = 0;            // 0: the script's own choice
  int parallel_chunks = 3;
  // Of the site
  std::string site_name;
  std::string accent_color;  // "#rrggbb"; anything else is ignored
  std::string logo_url;      // same-origin path or empty
};

// The whole HTML document. All text must be valid UTF-8.
std::string render_upload_page(const UploadPageData& data);

// The headers of any page of this folder, Content-Security-Policy first.
// `form_action_origin` ("https://host[:port]", or empty) is where the plain form may be redirected to: browsers apply
// form-action to the redirect that answers a form, so without it a token's return_url would be blocked.
std::vector<std::pair<std::string, std::string>> page_headers(std::string_view form_action_origin = {});

}  // namespace stile::web
