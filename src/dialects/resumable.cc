#include "dialects/resumable.h"

#include <algorithm>
#include <limits>

#include "base/text.h"

namespace stile::dialects {
namespace {

constexpr std::size_t kMaxIdentifier = 1024;
constexpr auto kMaxSize = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

Result<std::uint64_t> read_number(const Params& fields, std::string_view name) {
  const auto text = fields.get(name);
  if (!text || text->empty()) return fail(Errc::invalid_input, std::string(name) + " is missing");
  const auto number = parse_u64(*text);
  if (!number || *number == 0 || *number > kMaxSize)
    return fail(Errc::invalid_input, std::string(name) + " must be a whole number from 1 to 9223372036854775807");
  return *number;
}

// Decides between the two lengths that the chunk before a remainder may have.
void choose_length(Chunk& chunk, const Params& fields, std::uint64_t size, BodyLength length) {
  const std::uint64_t longer = chunk.range.size();
  const auto declared = parse_u64(fields.get_or("resumableCurrentChunkSize", ""));
  const auto total_chunks = parse_u64(fields.get_or("resumableTotalChunks", ""));
  const std::uint64_t floor_count = std::max<std::uint64_t>(1, chunk.total_size / size);
  bool is_short = false;
  if (declared == longer || length.exact == longer) {
    return;
  } else if (declared == size || length.exact == size) {
    is_short = true;
  } else if (length.at_most && *length.at_most < longer) {
    is_short = true;
  } else if (total_chunks == floor_count + 1) {
    is_short = true;
  } else if (total_chunks != floor_count) {
    chunk.shorter = size;  // nothing that can be believed: let the body tell
    return;
  }
  if (is_short) chunk.range.end = chunk.range.begin + size;
}

}  // namespace

bool is_resumable_field(std::string_view name) { return name.size() >= 9 && iequals(name.substr(0, 9), "resumable"); }

bool is_resumable(const Params& fields) {
  for (const std::string_view name :
       {"resumableChunkNumber", "resumableChunkSize", "resumableTotalSize", "resumableIdentifier"}) {
    const auto value = fields.get_or(name, "");
    if (!value.empty() && value != "0") return true;
  }
  return false;
}

std::string reduce_identifier(std::string_view identifier) {
  std::string reduced;
  bool lossy = false;
  for (const char c : identifier) {
    const bool kept =
        (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '-';
    if (kept)
      reduced.push_back(c);
    else if (static_cast<unsigned char>(c) >= 0x80)
      lossy = true;
  }
  // "été.mp4" and "ôtô.mp4" reduce to the same letters but are two files; so are two names that reduce to nothing.
  if (lossy || reduced.empty()) reduced += "." + sha256_hex(identifier).substr(0, 16);
  return reduced;
}

Result<Chunk> read_chunk(const Params& fields, BodyLength length) {
  auto number = read_number(fields, "resumableChunkNumber");
  if (!number) return fail(number.error());
  auto size = read_number(fields, "resumableChunkSize");
  if (!size) return fail(size.error());
  auto total = read_number(fields, "resumableTotalSize");
  if (!total) return fail(total.error());
  const std::string_view identifier = fields.get_or("resumableIdentifier", "");
  if (identifier.empty()) return fail(Errc::invalid_input, "resumableIdentifier is missing");
  if (identifier.size() > kMaxIdentifier) return fail(Errc::invalid_input, "resumableIdentifier is too long");

  // The last chunk starts before the end: (number - 1) × size < total, without overflow.
  if (*number - 1 > (*total - 1) / *size)
    return fail(Errc::invalid_input, "resumableChunkNumber lies behind the end of the file");

  Chunk chunk;
  chunk.identifier = reduce_identifier(identifier);
  chunk.total_size = *total;
  chunk.number = *number;
  chunk.file_name = std::string(fields.get_or("resumableFilename", ""));
  const std::uint64_t begin = (*number - 1) * *size;
  const std::uint64_t rest = *total - begin;
  chunk.range = {begin, begin + std::min(rest, *size)};
  if (rest > *size && rest - *size < *size) {  // what follows is a remainder that may belong to this chunk
    chunk.range.end = *total;
    choose_length(chunk, fields, *size, length);
  }
  return chunk;
}

}  // namespace stile::dialects
