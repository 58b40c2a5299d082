// ChunkedDecoder: the same payload however the bytes are cut, never more out than in, and what a client has coded comes
// out as it was.
#include <cstdio>
#include <optional>
#include <string>

#include "base/check.h"
#include "fragments.h"
#include "http/chunked.h"

namespace {

using namespace stile;

struct Outcome {
  std::optional<Errc> error;
  std::string payload;
  std::size_t consumed = 0;
  bool done = false;
};

template <class NextSize>
Outcome decode(std::string_view coded, NextSize next_size) {
  http::ChunkedDecoder decoder;
  Outcome out;
  while (out.consumed < coded.size() && !out.done) {
    const std::string_view window = coded.substr(out.consumed, next_size(coded.size() - out.consumed));
    const auto piece = decoder.decode(as_bytes(window));
    if (!piece) {
      out.error = piece.error().code;
      return out;
    }
    CHECK(piece->consumed <= window.size());
    CHECK(piece->consumed > 0);
    const std::string_view payload = as_text(piece->payload);
    CHECK(payload.empty() ||
          (payload.data() >= window.data() && payload.data() + payload.size() <= window.data() + piece->consumed));
    out.payload.append(payload);
    out.consumed += piece->consumed;
    out.done = piece->done;
  }
  return out;
}

// As a client codes it: pieces of any size, extensions, a trailer.
std::string encode(std::string_view payload) {
  fuzz::Fragments fragments(payload);
  std::string coded;
  while (!payload.empty()) {
    const std::string_view piece = payload.substr(0, fragments.next(payload.size()));
    char length[32];
    std::snprintf(length, sizeof length, "%zx%s\r\n", piece.size(), piece.size() % 3 == 0 ? ";a=b" : "");
    coded.append(length).append(piece).append("\r\n");
    payload.remove_prefix(piece.size());
  }
  return coded + "0\r\nTrailer: x\r\n\r\n";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::as_text(data, size);
  const Outcome whole = decode(text, [](std::size_t left) { return left; });
  fuzz::Fragments fragments(text);
  const Outcome pieces = decode(text, [&](std::size_t left) { return fragments.next(left); });
  CHECK(whole.error == pieces.error);
  CHECK(whole.done == pieces.done);
  CHECK(whole.payload == pieces.payload);
  if (whole.done) CHECK(whole.consumed == pieces.consumed);
  CHECK(whole.payload.size() <= text.size());

  const Outcome back = decode(encode(text), [&](std::size_t left) { return fragments.next(left); });
  CHECK(back.done && !back.error && back.payload == text);
  return 0;
}
