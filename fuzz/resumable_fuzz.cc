// read_chunk: whatever the fields say, a chunk lies inside the file, and those of one file lie side by side.
//
// Input: an urlencoded form; the length of the body in its field "body".
#include "base/check.h"
#include "base/text.h"
#include "dialects/resumable.h"
#include "fragments.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stile;
  const auto fields = parse_form(fuzz::as_text(data, size), 100);
  if (!fields) return 0;
  const auto body = parse_u64(fields->get_or("body", ""));
  for (const dialects::BodyLength length : {dialects::BodyLength{}, {body, {}}, {{}, body}, {body, body}}) {
    const auto chunk = dialects::read_chunk(*fields, length);
    if (!chunk) {
      CHECK(chunk.error().code == Errc::invalid_input && !chunk.error().message.empty());
      continue;
    }
    CHECK(dialects::is_resumable(*fields));
    const std::uint64_t nominal = *parse_u64(fields->get_or("resumableChunkSize", ""));
    CHECK(chunk->range.begin < chunk->range.end && chunk->range.end <= chunk->total_size);
    CHECK(chunk->range.begin / nominal == chunk->number - 1 && chunk->range.begin % nominal == 0);
    CHECK(chunk->range.size() <= nominal || chunk->range.end == chunk->total_size);
    CHECK(chunk->range.size() - 1 < nominal || chunk->range.size() - nominal < nominal);
    if (chunk->shorter) CHECK(*chunk->shorter == nominal && nominal < chunk->range.size());
    CHECK(!chunk->identifier.empty());
    CHECK(chunk->identifier.find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-.") ==
          std::string::npos);
  }
  return 0;
}
