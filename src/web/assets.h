// The files that the pages load, embedded at build time from src/web/ui.
#pragma once

#include <span>
#include <string_view>

namespace stile::web {

struct Asset {
  std::string_view
      path;  // "/assets/upload-1a2b3c4d.js": the name holds a hash of the content, so it may be cached for ever
  std::string_view content_type;
  std::string_view bytes;
};

// nullptr when there is none of that path.
const Asset* find_asset(std::string_view path);
// By its plain name, e.g. "upload.js"; aborts when the build forgot it.
const Asset& asset_named(std::string_view name);

struct NamedAsset {
  std::string_view name;  // "upload.js"
  Asset asset;
};
// All of them; the definition is generated.
std::span<const NamedAsset> all_assets();

}  // namespace stile::web
