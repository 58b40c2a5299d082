// ContentJudge: decides by the first bytes whether a file is of an accepted type. Implemented over media/ in app/.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "io/file_system.h"

namespace stile::engine {

// How many first bytes the judge wants to see.
inline constexpr std::size_t kJudgeBytes = 8192;

class ContentJudge {
 public:
  virtual ~ContentJudge() = default;
  // The content type; nullopt when `whole_head` is false and more bytes are needed. Fails with unsupported_type.
  // CPU-bound; call on a pool. Threads: any.
  virtual Result<std::optional<std::string>> judge(Bytes head, bool whole_head) const = 0;
  // Whether these bytes are certainly the beginning of something that is not accepted, rather than perhaps a piece from
  // the middle of a file that is. The error is unsupported_type.
  virtual Result<void> refuse_if_certain(Bytes head) const = 0;
};

// Judges a file by reading its head. Fails with unsupported_type or the file's error.
Result<std::string> judge_file_blocking(const ContentJudge& judge, const io::File& file, std::uint64_t size);

}  // namespace stile::engine
