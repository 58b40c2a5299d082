#include "web/assets.h"

#include "base/check.h"

namespace stile::web {

const Asset* find_asset(std::string_view path) {
  for (const auto& [name, asset] : all_assets())
    if (asset.path == path) return &asset;
  return nullptr;
}

const Asset& asset_named(std::string_view wanted) {
  const Asset* found = nullptr;
  for (const auto& [name, asset] : all_assets())
    if (name == wanted) found = &asset;
  CHECK(found != nullptr);
  return *found;
}

}  // namespace stile::web
