#include "engine/token_limits.h"

#include <algorithm>
#include <vector>

#include "base/human_size.h"
#include "base/media_range.h"
#include "base/text.h"

namespace stile::engine {
namespace {

std::uint64_t left_in_all(const catalog::Token& token) {
  return token.max_total_bytes - std::min(token.received_bytes, token.max_total_bytes);
}

// "image/jpeg" is a "JPEG image", "video/*" any video.
std::string said(std::string_view range) {
  const auto slash = range.find('/');
  const std::string_view kind = range.substr(0, slash);
  std::string_view subtype = range.substr(slash + 1);
  if (subtype.starts_with("x-")) subtype.remove_prefix(2);
  const std::string many = kind == "image"   ? "images"
                           : kind == "video" ? "videos"
                           : kind == "audio" ? "sounds"
                                             : "files";
  if (subtype == "*") return many;
  std::string name(subtype);
  for (char& c : name)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return name + " " + many;
}

std::string sentence(const std::vector<std::string>& ranges) {
  std::string text = "This link only accepts ";
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    if (i > 0) text += i + 1 == ranges.size() ? " and " : ", ";
    text += said(ranges[i]);
  }
  return text;
}

}  // namespace

Result<void> check_origin(const catalog::Token& token, const std::optional<std::string>& origin) {
  if (token.allowed_origins.empty() || !origin) return {};
  for (const std::string_view allowed : split(token.allowed_origins, ','))
    if (iequals(trim(allowed), *origin)) return {};
  return fail(Errc::permission_denied, "This link cannot be used from this page");
}

Result<void> check_bytes(const catalog::Token& token, std::uint64_t size) {
  if (token.max_file_bytes != 0 && size > token.max_file_bytes)
    return fail(Errc::too_large, "This link accepts files up to " + human_size(token.max_file_bytes));
  if (token.max_total_bytes != 0 && size > left_in_all(token))
    return fail(Errc::too_large, "This link accepts " + human_size(token.max_total_bytes) +
                                     " of files together, and has room for " + human_size(left_in_all(token)));
  return {};
}

std::uint64_t most_bytes(const catalog::Token& token, std::uint64_t most) {
  if (token.max_file_bytes != 0) most = std::min(most, token.max_file_bytes);
  if (token.max_total_bytes != 0) most = std::min(most, left_in_all(token));
  return most;
}

Result<void> check_type(const catalog::Token& token, std::string_view content_type) {
  if (token.accepted_types.empty()) return {};
  const auto ranges = parse_media_ranges(token.accepted_types);
  if (!ranges) return fail(Errc::unsupported_type);
  if (std::ranges::any_of(*ranges, [&](const std::string& range) { return covers(range, content_type); })) return {};
  return fail(Errc::unsupported_type, sentence(*ranges));
}

}  // namespace stile::engine
