// Spool: a file that has been received whole before anybody knew what it belongs to.
//
// Plain forms do not say how long their file is, and some clients send the file before the token; so the bytes go to a
// staging file of their own, which then becomes the photo by a rename, or is copied into its place by the kernel.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "catalog/records.h"
#include "io/file_system.h"
#include "io/stream.h"

namespace stile::engine {

enum class SpoolJudging {
  judge,     // this is the beginning of a file: refuse at once what is not accepted
  doubtful,  // this may be a chunk from the middle of a file: the verdict waits for the end, unless the sender does
};

enum class SpoolFor {
  token,     // somebody whose token is good so far
  stranger,  // nobody knows yet: how many of these may be under way at once is bounded
};

struct SpoolLimits {
  std::uint64_t max_bytes = 0;  // too_large beyond
  SpoolJudging judging = SpoolJudging::doubtful;
  SpoolFor whose = SpoolFor::stranger;
  std::uint64_t expected_bytes = 0;  // if known: refused at once when there is no space for them
  std::uint64_t overhead = 0;  // of expected_bytes: so many may be something else than the file
  const catalog::Token* token = nullptr;  // whose limits hold, when it is known; outlives the task
  std::string request_id = {};            // for the log
};

// Owns the staging file: destroyed without having been used up, it removes it.
class Spool {
 public:
  Spool(std::string upload_id, std::unique_ptr<io::File> file, std::function<void()> discard)
      : upload_id_(std::move(upload_id)), file_(std::move(file)), discard_(std::move(discard)) {}
  Spool(Spool&& other) noexcept { *this = std::move(other); }
  Spool& operator=(Spool&& other) noexcept {
    upload_id_ = std::move(other.upload_id_);
    file_ = std::move(other.file_);
    size_ = other.size_;
    crc32_ = other.crc32_;
    content_type_ = std::move(other.content_type_);
    request_id_ = std::move(other.request_id_);
    std::swap(discard_, other.discard_);
    return *this;
  }
  ~Spool() {
    if (discard_) discard_();
  }

  const std::string& upload_id() const { return upload_id_; }
  const std::string& request_id() const { return request_id_; }  // that it came by, for the log
  io::File& file() const { return *file_; }
  std::uint64_t size() const { return size_; }
  std::uint32_t crc32() const { return crc32_; }
  const std::string& content_type() const { return content_type_; }  // empty while undecided

  void received(std::uint64_t size, std::uint32_t crc32) {
    size_ = size;
    crc32_ = crc32;
  }
  void set_request_id(std::string request_id) { request_id_ = std::move(request_id); }
  void set_content_type(std::string content_type) { content_type_ = std::move(content_type); }
  // It has been moved into the archive: there is nothing left to remove.
  void published() { discard_ = nullptr; }

 private:
  std::string upload_id_;
  std::unique_ptr<io::File> file_;
  std::function<void()> discard_;
  std::uint64_t size_ = 0;
  std::uint32_t crc32_ = 0;
  std::string content_type_;
  std::string request_id_;
};

}  // namespace stile::engine
