// Resumable: what the Resumable.js fields of a request mean. Pure. Source: spec/api.md 4.6.
//
//   resumableChunkNumber  1-based          offset = (number - 1) × size
//   resumableChunkSize    nominal          every chunk but the last has exactly this length
//   resumableTotalSize    of the file
//   resumableIdentifier   names the file among those of one token
//
// Two rules for the last chunk live in the wild: floor (it takes the remainder, up to twice the size) and ceil
// (`forceChunkSize`: the remainder is a chunk of its own). Which one a client follows shows in resumableCurrentChunkSize,
// in the length of the body, or in resumableTotalChunks, in that order of trust; the last may lie.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/byte_range.h"
#include "base/params.h"
#include "base/result.h"

namespace stile::dialects {

// A length and where it comes from: what is known of a body before it is read.
struct BodyLength {
  std::optional<std::uint64_t> exact;    // the chunk itself: an octet body
  std::optional<std::uint64_t> at_most;  // a body that holds the chunk among other things
};

struct Chunk {
  std::string identifier;  // reduced to [0-9A-Za-z_-]; a digest keeps names in other alphabets apart
  std::uint64_t total_size = 0;
  std::uint64_t number = 0;
  ByteRange range;  // the longest that it can be
  // When it cannot be told yet whether the remainder belongs to this chunk: the shorter length that is fine too.
  std::optional<std::uint64_t> shorter;
  std::string file_name;  // resumableFilename, or empty
  bool operator==(const Chunk&) const = default;
};

// Whether any of the four fields above has a value other than "" and "0": then the request speaks this dialect, and must
// speak it well. (A form that carries the fields empty is a plain form.)
bool is_resumable(const Params& fields);

// Fails with invalid_input, naming the field, for numbers that are none, zero, negative or huge, a missing field, and a
// chunk that lies behind the end of the file.
Result<Chunk> read_chunk(const Params& fields, BodyLength length);

// "resumable…", in any case of the first letters that clients use: never echoed in callbacks.
bool is_resumable_field(std::string_view name);

std::string reduce_identifier(std::string_view identifier);

}  // namespace stile::dialects
