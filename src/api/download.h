// Download: GET /{tree_id}/{photo_id}/{token}/{size}[/any name]. Source: spec/api.md 3.16; RFC 9110 13, 14.
//
//   original   the file
//   poster     the still that was sent for a video, when one was
//
// While a file is replaced, a reader has all of the old one or all of the new one.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/metrics.h"
#include "catalog/catalog.h"
#include "http/reply.h"
#include "io/thread_pool.h"
#include "store/blob_store.h"

namespace stile::api {

struct FileTarget {
  std::int64_t tree_id = 0;
  std::int64_t photo_id = 0;
  std::string token;
  std::string size;  // "original", "poster", "small", …
  bool operator==(const FileTarget&) const = default;
};
// nullopt when the path does not have that shape.
std::optional<FileTarget> parse_file_target(std::string_view path);

class Downloads {
 public:
  Downloads(catalog::Catalog& catalog, store::BlobStore& store, io::ThreadPool& disk)
      : catalog_(catalog), store_(store), disk_(disk) {}

  // 404 alike for a photo that is not there, a wrong token and a rendition that does not exist.
  // The token may be a time-limited one (auth/object_token.h). io_error, with the file in its cause, when the photo's file
  // is missing, unreadable or not as long as it was.
  io::Task<Result<http::Reply>> get(const http::RequestHead& head, FileTarget target, WallTime now);

  const Counter& failed() const { return failed_; }  // of these; any thread

 private:
  catalog::Catalog& catalog_;
  store::BlobStore& store_;
  io::ThreadPool& disk_;
  Counter failed_;
};

}  // namespace stile::api
