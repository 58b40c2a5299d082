#include "api/download.h"

#include <vector>

#include "auth/object_token.h"
#include "base/text.h"
#include "http/conditional.h"
#include "http/range.h"

namespace stile::api {
namespace {

std::string hex32(std::uint32_t value) {
  const std::byte bytes[] = {std::byte(value >> 24), std::byte(value >> 16), std::byte(value >> 8), std::byte(value)};
  return hex_encode(bytes);
}

// Strong: the same bytes, and only they, have the same tag.
std::string etag_of(const catalog::Photo& photo) {
  return "\"" + std::to_string(photo.photo_id) + "-" + hex32(photo.crc32) + "-" + std::to_string(photo.size) + "\"";
}

// Pictures, films and sound may be shown in place; anything else is only ever saved.
bool is_shown_inline(std::string_view type) {
  return (type.starts_with("image/") && type != "image/svg+xml") || type.starts_with("video/") ||
         type.starts_with("audio/");
}

std::string content_disposition(const catalog::Photo& photo) {
  std::string value = is_shown_inline(photo.content_type) ? "inline" : "attachment";
  if (!photo.file_name.empty()) value += "; filename*=UTF-8''" + percent_encode(photo.file_name);
  return value;
}

}  // namespace

std::optional<FileTarget> parse_file_target(std::string_view path) {
  const auto parts = split(path, '/');  // "", tree, photo, token, size [, name]
  if (parts.size() < 5 || parts.size() > 6 || !parts[0].empty()) return std::nullopt;
  const auto tree_id = parse_i64(parts[1]);
  const auto photo_id = parse_i64(parts[2]);
  if (!tree_id || !photo_id || *tree_id < 0 || *photo_id <= 0 || parts[3].empty() || parts[4].empty())
    return std::nullopt;
  return FileTarget{*tree_id, *photo_id, std::string(parts[3]), std::string(parts[4])};
}

io::Task<Result<http::Reply>> Downloads::get(const http::RequestHead& head, FileTarget target, WallTime now) {
  auto found = co_await catalog_.find_photo(target.photo_id);
  if (!found) co_return fail(std::move(found).error());
  if (!found->has_value() || target.size != "original" || (*found)->tree_id != target.tree_id ||
      !auth::photo_token_fits(target.token, (*found)->token, target.photo_id, now))
    co_return fail(Errc::not_found, "There is no such file");
  const catalog::Photo& photo = **found;

  http::Reply reply;
  const std::string etag = etag_of(photo);
  reply.set("Content-Type", photo.content_type)
      .set("X-Content-Type-Options", "nosniff")
      .set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
      .set("Cross-Origin-Resource-Policy", "cross-origin")
      .set("Content-Disposition", content_disposition(photo))
      .set("Accept-Ranges", "bytes")
      .set("Cache-Control", "private, no-cache")  // the link is the secret; the tag makes asking again cheap
      .set("ETag", etag);
  if (const auto tags = head.header("if-none-match"); tags && http::matches_etag(*tags, etag)) {
    reply.status = 304;
    co_return reply;
  }
  auto range = http::choose_range(head.header("range"), photo.size);
  if (const auto condition = head.header("if-range"); condition && *condition != etag)
    range.kind = http::RangeAnswer::Kind::whole;
  if (range.kind == http::RangeAnswer::Kind::unsatisfiable) {
    reply.status = 416;
    reply.set("Content-Range", "bytes */" + std::to_string(photo.size));
    co_return reply;
  }
  reply.file_range = {0, photo.size};
  if (range.kind == http::RangeAnswer::Kind::part) {
    reply.status = 206;
    reply.file_range = range.range;
    reply.set("Content-Range", "bytes " + std::to_string(range.range.begin) + "-" +
                                   std::to_string(range.range.end - 1) + "/" + std::to_string(photo.size));
  }
  STILE_CO_TRY(co_await disk_.run([&]() -> Result<void> {
    auto file = store_.open_original_blocking(photo.file_id);
    if (!file) return fail(Errc::io_error, {}, file.error().cause);  // the catalog says it is there
    reply.file = std::move(*file);
    return {};
  }));
  co_return reply;
}

}  // namespace stile::api
