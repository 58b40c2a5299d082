// Parses "Range: bytes=…" against a file's size. Source: RFC 9110 section 14.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/byte_range.h"

namespace stile::http {

struct RangeAnswer {
  enum class Kind { whole, part, unsatisfiable };
  Kind kind = Kind::whole;
  ByteRange range;  // with Kind::part
};

// A single range is honoured; several ranges, other units and malformed values mean the whole file, as the RFC allows.
RangeAnswer choose_range(std::optional<std::string_view> header, std::uint64_t size);

}  // namespace stile::http
