#include "engine/content_judge.h"

#include <algorithm>
#include <vector>

namespace stile::engine {

Result<std::string> judge_file_blocking(const ContentJudge& judge, const io::File& file, std::uint64_t size) {
  std::vector<std::byte> head(std::min<std::uint64_t>(size, kJudgeBytes));
  auto got = file.read_at_blocking(0, head);
  if (!got) return fail(std::move(got).error());
  auto verdict = judge.judge(Bytes(head).first(*got), true);
  if (!verdict) return fail(std::move(verdict).error());
  if (!verdict->has_value()) return fail(Errc::unsupported_type);
  return std::move(**verdict);
}

}  // namespace stile::engine
