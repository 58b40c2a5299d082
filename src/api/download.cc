#include "api/download.h"

#include <vector>

#include "api/download_name.h"
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

// What a size of a photo is at the moment.
struct Rendition {
  std::int64_t photo_id = 0;
  std::int64_t file_id = 0;
  std::string content_type;
  std::uint64_t size = 0;
  std::string file_name;  // may be empty
  std::string etag;       // strong: a file never changes, and a photo that gets another one gets another id with it
};

std::optional<Rendition> rendition_of(const catalog::Photo& photo, std::string_view size) {
  const auto etag = [](std::int64_t file_id, const std::string& rest) {
    return "\"" + std::to_string(file_id) + "-" + rest + "\"";
  };
  if (size == "original")
    return Rendition{photo.photo_id,     photo.file_id,
                     photo.content_type, photo.size,
                     photo.file_name,    etag(photo.file_id, hex32(photo.crc32) + "-" + std::to_string(photo.size))};
  if (size == "poster" && photo.poster_id != 0)
    return Rendition{photo.photo_id,
                     photo.poster_id,
                     photo.poster_type,
                     photo.poster_size,
                     {},
                     etag(photo.poster_id, std::to_string(photo.poster_size))};
  return std::nullopt;
}

// Pictures, films and sound may be shown in place; anything else is only ever saved.
bool is_shown_inline(std::string_view type) {
  return (type.starts_with("image/") && type != "image/svg+xml") || type.starts_with("video/") ||
         type.starts_with("audio/");
}

std::string content_disposition(const Rendition& rendition) {
  // Never without a name: whoever saves the file would get one from the end of the address, which anybody can write.
  const std::string name = download_name(rendition.file_name, rendition.content_type, rendition.photo_id);
  return (is_shown_inline(rendition.content_type) ? "inline" : "attachment") +
         ("; filename*=UTF-8''" + percent_encode(name));
}

// Everything but the file; nothing is sent of it when the answer is 304 or 416.
http::Reply reply_for(const http::RequestHead& head, const Rendition& rendition) {
  http::Reply reply;
  reply.set("Content-Type", rendition.content_type)
      .set("X-Content-Type-Options", "nosniff")
      .set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
      .set("Cross-Origin-Resource-Policy", "cross-origin")
      .set("Content-Disposition", content_disposition(rendition))
      .set("Accept-Ranges", "bytes")
      .set("Cache-Control", "private, no-cache")  // the link is the secret; the tag makes asking again cheap
      .set("ETag", rendition.etag);
  if (const auto tags = head.header("if-none-match"); tags && http::matches_etag(*tags, rendition.etag)) {
    reply.status = 304;
    return reply;
  }
  auto range = http::choose_range(head.header("range"), rendition.size);
  if (const auto condition = head.header("if-range"); condition && *condition != rendition.etag)
    range.kind = http::RangeAnswer::Kind::whole;
  if (range.kind == http::RangeAnswer::Kind::unsatisfiable) {
    reply.status = 416;
    reply.set("Content-Range", "bytes */" + std::to_string(rendition.size));
    return reply;
  }
  reply.file_range = {0, rendition.size};
  if (range.kind == http::RangeAnswer::Kind::part) {
    reply.status = 206;
    reply.file_range = range.range;
    reply.set("Content-Range", "bytes " + std::to_string(range.range.begin) + "-" +
                                   std::to_string(range.range.end - 1) + "/" + std::to_string(rendition.size));
  }
  return reply;
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
  std::int64_t missing = 0;  // the file that was not there when it was looked for
  for (;;) {
    auto found = co_await catalog_.find_photo(target.photo_id);
    if (!found) co_return fail(std::move(found).error());
    if (!found->has_value() || (*found)->tree_id != target.tree_id ||
        !auth::photo_token_fits(target.token, (*found)->token, target.photo_id, now))
      co_return fail(Errc::not_found, "There is no such file");
    const auto rendition = rendition_of(**found, target.size);
    if (!rendition) co_return fail(Errc::not_found, "There is no such file");

    http::Reply reply = reply_for(head, *rendition);
    if (reply.status == 304 || reply.status == 416) co_return reply;
    auto opened = co_await disk_.run([&]() -> Result<void> {
      auto file = store_.open_original_blocking(rendition->file_id);
      if (!file) return fail(std::move(file).error());
      // What is sent later cannot be taken back, so a file that is not what it was is found out now.
      const auto size = (*file)->size_blocking();
      if (!size) return fail(size.error());
      if (*size != rendition->size)
        return fail(Errc::io_error, {},
                    "it has " + std::to_string(*size) + " bytes instead of " + std::to_string(rendition->size));
      reply.file = std::move(*file);
      return {};
    });
    if (opened) co_return reply;
    // Replaced or deleted between the two looks? Then the catalog says something else by now. It must: otherwise the
    // file is lost, and that is our trouble.
    if (opened.error().code != Errc::not_found || missing == rendition->file_id) {
      failed_.add();
      co_return fail(Errc::io_error, {},
                     "file " + std::to_string(rendition->file_id) + " of photo " + std::to_string(rendition->photo_id) +
                         ": " + opened.error().cause);
    }
    missing = rendition->file_id;
  }
}

}  // namespace stile::api
