// ChunkedDecoder: takes the chunked transfer coding off a body, in place. Source: RFC 9112 section 7.1.
//
// Pure and small (a few words of state); tolerates no bare LF; bounds the size line, extensions and trailers.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"

namespace stile::http {

class ChunkedDecoder {
 public:
  struct Piece {
    std::size_t consumed = 0;  // coded bytes eaten from the front of `coded`, payload included
    Bytes payload;             // part of `coded`; may be empty although consumed > 0
    bool done = false;         // the last chunk and the trailers have been eaten
  };
  // Decodes up to the end of one run of payload. Call again with the rest. Errors: invalid_input, limit.
  Result<Piece> decode(Bytes coded);

 private:
  Result<void> eat(char c);

  enum class State {
    size,
    size_extension,
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer_start,
    trailer,
    trailer_lf,
    end_lf,
    done
  };
  State state_ = State::size;
  std::uint64_t left_ = 0;  // payload bytes left in this chunk
  std::size_t size_digits_ = 0;
  std::size_t overhead_ = 0;  // bytes of extensions or trailers so far, bounded
};

}  // namespace stile::http
