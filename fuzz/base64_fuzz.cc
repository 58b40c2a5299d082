// base64: what decodes is what the encoder would have written, and what is encoded decodes to itself.
#include "base/check.h"
#include "base/text.h"
#include "fragments.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stile;
  const std::string_view text = fuzz::as_text(data, size);
  CHECK(base64_decode(base64_encode(as_bytes(text))) == text);
  if (const auto plain = base64_decode(text)) {
    std::string padded(text);
    while (padded.size() % 4 != 0) padded.push_back('=');
    CHECK(base64_encode(as_bytes(*plain)) == padded);
  }
  return 0;
}
