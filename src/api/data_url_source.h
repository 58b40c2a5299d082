// DataUrlSource: the bytes behind a base64 data: URL, as a ByteSource.
//
// A few characters of text may decode to nothing yet. So that read() never waits inside (where nobody could interrupt it,
// and with the caller's block in its hands), waiting decodes a little ahead until there is something to hand out.
#pragma once

#include <array>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include "dialects/data_url.h"
#include "io/byte_source.h"

namespace stile::api {

class DataUrlSource final : public io::ByteSource {
 public:
  explicit DataUrlSource(io::ByteSource& text) : text_(text) {}  // which must outlive this

  io::Task<io::Readiness> wait_readable(Milliseconds at_most) override {
    if (std::exchange(poked_, false)) co_return io::Readiness::interrupted;
    while (ready_.empty() && !ended_ && !trouble_) {
      const io::Readiness readiness = co_await text_.wait_readable(at_most);
      if (readiness != io::Readiness::ready) co_return readiness;
      std::array<std::byte, kLittle> little;
      auto made = co_await decode_some(little);
      if (made)
        ready_ = as_text(Bytes(little).first(*made));
      else
        trouble_ = std::move(made).error();
    }
    co_return io::Readiness::ready;
  }

  io::Task<Result<std::size_t>> read(MutableBytes into) override {
    while (ready_.empty() && !ended_ && !trouble_) (void)co_await wait_readable(Milliseconds::max());
    const std::size_t count = std::min(into.size(), ready_.size());
    if (count == 0) {
      if (trouble_) co_return fail(*trouble_);
      co_return std::size_t{0};
    }
    std::memcpy(into.data(), ready_.data(), count);
    ready_.erase(0, count);
    const MutableBytes rest = into.subspan(count);
    if (!ready_.empty() || ended_ || rest.size() < min_read() || !co_await more_at_hand()) co_return count;
    auto more = co_await decode_some(rest);
    if (!more) trouble_ = std::move(more).error();
    co_return count + (more ? *more : 0);
  }

  std::size_t min_read() const override { return text_.min_read() + kGap; }
  bool at_end() const override { return ended_ && ready_.empty(); }

 private:
  static constexpr std::size_t kGap = 4;
  static constexpr std::size_t kLittle = 1024;

  // Decodes what one read of the text brings; 0 bytes when that completes no group.
  io::Task<Result<std::size_t>> decode_some(MutableBytes into) {
    // In place, four bytes behind: up to three digits of the read before complete a group with the first ones.
    auto got = co_await text_.read(into.subspan(kGap));
    if (!got) co_return got;
    if (*got > 0) co_return decoder_.decode(Bytes(into).subspan(kGap, *got), into);
    auto last = decoder_.finish(into);
    ended_ = last.has_value();
    co_return last;
  }

  io::Task<bool> more_at_hand() {
    const io::Readiness readiness = co_await text_.wait_readable(Milliseconds(0));
    if (readiness == io::Readiness::interrupted) poked_ = true;
    co_return readiness == io::Readiness::ready;
  }

  io::ByteSource& text_;
  dialects::DataUrlDecoder decoder_;
  std::string ready_;  // decoded, not yet handed out
  std::optional<Error> trouble_;
  bool ended_ = false;
  bool poked_ = false;
};

}  // namespace stile::api
