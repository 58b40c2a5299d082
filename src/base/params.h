// Params: named values in the order they arrived. A name may repeat; `get` answers with the first.
//
// What becomes of a request's query, form fields and remembered extras. Names and values are decoded, valid UTF-8 text.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stile {

class Params {
 public:
  using Pair = std::pair<std::string, std::string>;

  Params() = default;
  Params(std::initializer_list<Pair> pairs) : pairs_(pairs) {}

  void add(std::string name, std::string value) { pairs_.emplace_back(std::move(name), std::move(value)); }

  // The first value of `name`. The view is valid until the Params change.
  std::optional<std::string_view> get(std::string_view name) const {
    for (const auto& [key, value] : pairs_)
      if (key == name) return value;
    return std::nullopt;
  }
  bool has(std::string_view name) const { return get(name).has_value(); }
  std::string_view get_or(std::string_view name, std::string_view fallback) const {
    return get(name).value_or(fallback);
  }

  const std::vector<Pair>& pairs() const { return pairs_; }
  auto begin() const { return pairs_.begin(); }
  auto end() const { return pairs_.end(); }
  std::size_t size() const { return pairs_.size(); }
  bool empty() const { return pairs_.empty(); }
  bool operator==(const Params&) const = default;

 private:
  std::vector<Pair> pairs_;
};

}  // namespace stile
