// DataUrlDecoder: the same bytes however the text is cut, also in its own memory, and the same as base64_decode.
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/text.h"
#include "dialects/data_url.h"
#include "fragments.h"

namespace {

using namespace stile;

template <class NextSize>
std::optional<std::string> decode(std::string_view text, NextSize next_size) {
  constexpr std::size_t kGap = 4;
  dialects::DataUrlDecoder decoder;
  std::string decoded;
  while (!text.empty()) {
    const std::string_view piece = text.substr(0, next_size(text.size()));
    std::vector<std::byte> memory(kGap + piece.size());
    std::memcpy(memory.data() + kGap, piece.data(), piece.size());
    const auto made = decoder.decode(Bytes(memory).subspan(kGap), memory);
    if (!made) return std::nullopt;
    decoded += as_text(Bytes(memory).first(*made));
    text.remove_prefix(piece.size());
  }
  std::vector<std::byte> rest(3);
  const auto made = decoder.finish(rest);
  if (!made) return std::nullopt;
  return decoded + std::string(as_text(Bytes(rest).first(*made)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::as_text(data, size);
  const auto whole = decode(text, [](std::size_t left) { return left; });
  fuzz::Fragments fragments(text);
  CHECK(whole == decode(text, [&](std::size_t left) { return fragments.next(left); }));
  if (!whole) return 0;
  const auto expected = base64_decode(text.substr(text.find(',') + 1));
  if (expected) CHECK(*whole == *expected);  // (stray bits in the last digit are refused there, and dropped here)
  return 0;
}
