// The engine as one thread with a map would do it: what must come out of every call, and every byte. For
// engine_model_test.cc, which compares the engine with it.
//
//   ModelToken    its limits, its uses
//   ModelUpload   one key: its state, and for each byte who wrote it (first come, first kept: I2)
//
// Pure.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/byte_range.h"
#include "base/clock.h"
#include "base/result.h"
#include "catalog/records.h"

namespace stile::engine {

// The body of an attempt. Two attempts differ in every byte but the first four, which make the file a picture.
inline std::string body_of_attempt(std::uint64_t attempt, ByteRange range) {
  static constexpr std::string_view kHead = "JPEG";
  std::string bytes;
  for (std::uint64_t at = range.begin; at < range.end; ++at)
    bytes += at < kHead.size() ? kHead[at] : static_cast<char>((attempt * 37 + at * 11) & 0xff);
  return bytes;
}

struct ModelToken {
  std::string name;
  WallTime valid_until;
  std::int64_t max_uploads = 1;
  std::int64_t used = 0;
  bool revoked = false;

  // Why no new upload may start.
  std::optional<Errc> refuses_start(WallTime now) const {
    if (revoked) return Errc::token_revoked;
    if (valid_until <= now) return Errc::token_expired;
    if (used >= max_uploads) return Errc::token_used_up;
    return std::nullopt;
  }
  // Why one under way may not go on (I6).
  std::optional<Errc> refuses_more(WallTime now, Milliseconds grace) const {
    if (revoked) return Errc::token_revoked;
    if (valid_until + grace <= now) return Errc::token_expired;
    return std::nullopt;
  }
};

struct ModelUpload {
  enum class State { absent, receiving, failed, done };

  explicit ModelUpload(catalog::UploadKey of) : key(std::move(of)) { forget(); }
  void forget() {
    state = State::absent;
    bytes.assign(key.total_size, '\0');
    there.assign(key.total_size, false);
    failure = Errc::io_error;
    photo_id = 0;
    photo_deleted = false;
    title.clear();
  }

  bool has(ByteRange range) const {
    return state == State::done ||
           std::all_of(there.begin() + static_cast<std::ptrdiff_t>(range.begin),
                       there.begin() + static_cast<std::ptrdiff_t>(range.end), [](bool is) { return is; });
  }
  bool has_none_of(ByteRange range) const {
    return std::none_of(there.begin() + static_cast<std::ptrdiff_t>(range.begin),
                        there.begin() + static_cast<std::ptrdiff_t>(range.end), [](bool is) { return is; });
  }
  bool complete() const { return has({0, key.total_size}); }
  // Only what is missing is taken from `body` (I2).
  void store(ByteRange range, const std::string& body) {
    for (std::uint64_t at = range.begin; at < range.end; ++at) {
      if (there[at]) continue;
      there[at] = true;
      bytes[at] = body[at - range.begin];
    }
  }

  catalog::UploadKey key;
  State state = State::absent;
  std::string bytes;
  std::vector<bool> there;
  Errc failure = Errc::io_error;
  WallTime changed_at;  // of its last progress
  std::int64_t photo_id = 0;
  bool photo_deleted = false;
  std::string title;  // after an update
};

}  // namespace stile::engine
