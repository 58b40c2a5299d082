// QueryText: a statement put together from pieces that are constants, and the values for it, in one go. Internal to
// catalog/. What a caller said goes in through value() only, so no text of a caller becomes SQL (invariant I9).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "catalog/columns.h"
#include "catalog/library.h"

namespace stile::catalog {

class QueryText {
 public:
  QueryText& sql(std::string_view piece) {
    text_ += piece;
    return *this;
  }
  template <class T>
  QueryText& value(const T& value) {
    Slot slot{.kind = kKindOf<T>, .null = false, .text = {}, .number = 0};
    put(slot, value);
    text_ += ":v" + std::to_string(values_.size());
    values_.push_back(std::move(slot));
    return *this;
  }
  template <class T>
  QueryText& values(const std::vector<T>& all) {
    std::string_view separator = "";
    for (const T& each : all) {
      sql(separator).value(each);
      separator = ", ";
    }
    return *this;
  }

  const std::string& text() const { return text_; }
  const std::vector<Slot>& values() const { return values_; }

 private:
  std::string text_;
  std::vector<Slot> values_;
};

inline std::string_view to_sql(Direction direction) {
  return direction == Direction::ascending ? " ASC" : " DESC";
}

}  // namespace stile::catalog
