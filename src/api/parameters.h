// ParameterReader: reads typed parameters of a call and remembers the first one that is no good.
//
// Read everything, then ask for the problem once. An absent or empty parameter is its default, because forms send empty
// fields. Of a repeated parameter the first counts. Source: spec/api.md 1.2, 6.7.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "api/errors.h"
#include "api/values.h"
#include "base/clock.h"
#include "base/params.h"
#include "catalog/library.h"

namespace stile::api {

// Bounds of what a person may write, in bytes of UTF-8.
struct TextRules {
  std::size_t max_title = 1'000;
  std::size_t max_description = 20'000;
  std::size_t max_tags = 4'000;
  std::size_t max_url = 2'000;  // of absolute_url; return_url has its own rule in notify
};

// How many items come before a page.
inline std::int64_t offset_of(const Page& page) { return (page.p - 1) * page.size; }

class ParameterReader {
 public:
  // `params` must outlive the reader.
  explicit ParameterReader(const Params& params) : params_(params) {}

  std::string text(std::string_view name, std::size_t max_bytes);
  // Without markup, and the safe subset of HTML (api/clean_html.h).
  std::string title(std::string_view name, std::size_t max_bytes);
  std::string description(std::string_view name, std::size_t max_bytes);
  bool flag(std::string_view name, bool fallback);
  // A whole number of any size, clamped to [min, max].
  std::int64_t clamped(std::string_view name, std::int64_t fallback, std::int64_t min, std::int64_t max);
  // A positive id; 0 when there is none.
  std::int64_t id(std::string_view name);
  std::optional<WallTime> date(std::string_view name);
  // One of `names`, in lower case; the first when none is given.
  std::string choice(std::string_view name, std::initializer_list<std::string_view> names);
  // nullopt when there is none.
  std::optional<bool> optional_flag(std::string_view name);
  // p, from 1, and size, 20 unless given, at most `max`.
  Page page(std::int64_t max = 100);
  // order=asc|desc; desc unless given.
  catalog::Direction direction();
  // An http or https URL or a path on this site; empty when there is none.
  std::string link(std::string_view name, std::size_t max_bytes);

  void complain(Code code, std::string message);
  const std::optional<Problem>& problem() const { return problem_; }

 private:
  // The value, when there is a non-empty one.
  std::optional<std::string_view> given(std::string_view name) const;
  std::string taken(std::string_view name, Result<std::string> result);

  const Params& params_;
  std::optional<Problem> problem_;
};

}  // namespace stile::api
