// MultipartReader: walks the parts of a multipart body and lets each be read as a ByteSource, without copying payload.
//
//   while (auto part = co_await reader.next_part())  → its head; then read_text() or content()
//
// Memory: what was read beyond the current part, at most one read of the body.
// After content().wait_readable has said "ready", its read() does not wait: bytes that may turn out to be a delimiter do
// not count as readable, or a client could make a reader hold its block with half a delimiter (invariant I8).
#pragma once

#include <optional>
#include <string>

#include "base/byte_budget.h"
#include "http/multipart.h"
#include "io/byte_source.h"

namespace stile::http {

class MultipartReader {
 public:
  // `body` must outlive the reader.
  MultipartReader(io::ByteSource& body, std::string_view boundary, MultipartLimits limits);

  // The head of the next part; nullopt after the last. Skips what is unread of the current one.
  // Errors: the body's, invalid_input and limit of the parser; invalid_input when the body ends without the closing delimiter.
  io::Task<Result<std::optional<PartHead>>> next_part();

  // All of the current part, for small fields, counted into `memory` as it comes; both outlive the task. Fails with limit
  // when it is longer than `max_bytes`, and with busy when there is no memory for it.
  io::Task<Result<std::string>> read_text(std::size_t max_bytes, ByteLoan& memory);

  // The rest of the current part. Valid until next_part(). Into buffers of kMinWindow bytes and more the payload goes
  // without a copy.
  io::ByteSource& content() { return content_; }

  static constexpr std::size_t kMinWindow = 512;

 private:
  class Content final : public io::ByteSource {
   public:
    explicit Content(MultipartReader& reader) : reader_(reader) {}
    io::Task<Result<std::size_t>> read(MutableBytes into) override { return reader_.read_part(into); }
    io::Task<io::Readiness> wait_readable(Milliseconds at_most) override { return reader_.wait_part(at_most); }
    void lend() override { reader_.body_.lend(); }
    Result<std::optional<std::size_t>> try_read(MutableBytes into) override { return reader_.try_read_part(into); }
    bool wait_blocking(Milliseconds at_most) override { return reader_.body_.wait_blocking(at_most); }
    std::size_t min_read() const override { return kMinWindow; }
    bool at_end() const override { return !reader_.in_part_; }

   private:
    MultipartReader& reader_;
  };

  io::Task<Result<std::size_t>> read_part(MutableBytes into);
  Result<std::optional<std::size_t>> try_read_part(MutableBytes into);
  io::Task<io::Readiness> wait_part(Milliseconds at_most);
  io::Task<Result<std::size_t>> read_little(MutableBytes into);
  io::Task<bool> top_up(MutableBytes into, std::size_t& filled);
  io::Task<Result<void>> read_more(std::size_t at_most);  // appends to pending_
  void consume(std::size_t count) { pending_.erase(0, count); }
  void notice_end();

  io::ByteSource& body_;
  MultipartParser parser_;
  Content content_{*this};
  std::string pending_;  // read, not yet consumed by the parser
  bool in_part_ = false;
  bool done_ = false;
  bool poked_ = false;            // an interruption that a read saw; wait_readable tells of it
  std::optional<Error> trouble_;  // of the body, to be told once pending_ is used up
};

}  // namespace stile::http
