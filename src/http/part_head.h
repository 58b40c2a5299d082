// Reads the header lines of one part of a multipart/form-data body.
//
// Source: RFC 7578 section 4.2, RFC 6266, RFC 5987 (filename*), and what browsers really write (%22 %0D %0A in names).
#pragma once

#include <string_view>

#include "base/result.h"
#include "http/multipart.h"

namespace stile::http {

// `lines` are whole lines, each with its CRLF; the empty line is not among them. Errors: invalid_input.
Result<PartHead> parse_part_head(std::string_view lines);

}  // namespace stile::http
