// DataUrlSource: the bytes behind a base64 data: URL, as a ByteSource.
#pragma once

#include "dialects/data_url.h"
#include "io/byte_source.h"

namespace stile::api {

class DataUrlSource final : public io::ByteSource {
 public:
  explicit DataUrlSource(io::ByteSource& text) : text_(text) {}  // which must outlive this

  io::Task<Result<std::size_t>> read(MutableBytes into) override {
    for (;;) {
      // Decoded in place, four bytes behind: up to three digits of the read before complete a group with the first ones.
      auto got = co_await text_.read(into.subspan(kGap));
      if (!got) co_return got;
      if (*got == 0) co_return decoder_.finish(into);
      auto made = decoder_.decode(Bytes(into).subspan(kGap, *got), into);
      if (!made || *made > 0) co_return made;
    }
  }
  std::size_t min_read() const override { return text_.min_read() + kGap; }
  io::Task<io::Readiness> wait_readable(Milliseconds at_most) override { return text_.wait_readable(at_most); }

 private:
  static constexpr std::size_t kGap = 4;

  io::ByteSource& text_;
  dialects::DataUrlDecoder decoder_;
};

}  // namespace stile::api
