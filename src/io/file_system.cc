#include "io/file_system.h"

#include "base/check.h"

namespace stile::io {
namespace {

bool is_safe_component(std::string_view text) {
  if (text.empty() || text.size() > 255 || text == "." || text == "..") return false;
  for (const char c : text) {
    const bool safe = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' ||
                      c == '_' || c == '-';
    if (!safe) return false;
  }
  return true;
}

}  // namespace

SafePath SafePath::operator/(std::string_view component) const {
  CHECK(is_safe_component(component));
  SafePath longer;
  longer.text_ = text_.empty() ? std::string(component) : text_ + "/" + std::string(component);
  return longer;
}

SafePath SafePath::parent() const {
  SafePath shorter;
  const auto slash = text_.rfind('/');
  if (slash != std::string::npos) shorter.text_ = text_.substr(0, slash);
  return shorter;
}

}  // namespace stile::io
