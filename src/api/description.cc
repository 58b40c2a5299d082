#include "api/description.h"

#include <algorithm>
#include <vector>

namespace stile::api {
namespace {

std::vector<Description> collect() {
  std::vector<Description> all;
  for (const auto family :
       {album_descriptions(), login_descriptions(), photo_descriptions(), site_descriptions(), tag_descriptions(),
        token_descriptions(), token_life_descriptions(), upload_descriptions(), user_descriptions(),
        webhook_descriptions()})
    all.insert(all.end(), family.begin(), family.end());
  std::ranges::sort(all, {}, &Description::name);
  return all;
}

}  // namespace

std::span<const Description> descriptions() {
  static const std::vector<Description> all = collect();
  return all;
}

const Description* find_description(std::string_view method) {
  const auto all = descriptions();
  const auto found = std::ranges::lower_bound(all, method, {}, &Description::name);
  return found != all.end() && found->name == method ? &*found : nullptr;
}

}  // namespace stile::api
