// parse_form: clean text or an error, and to_form is the way back.
#include "base/check.h"
#include "base/text.h"
#include "fragments.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stile;
  const auto params = parse_form(fuzz::as_text(data, size), 50);
  if (!params) {
    CHECK(params.error().code == Errc::invalid_input || params.error().code == Errc::limit);
    return 0;
  }
  CHECK(params->size() <= 50);
  for (const auto& [name, value] : *params) {
    CHECK(is_valid_utf8(name) && !name.contains('\0'));
    CHECK(is_valid_utf8(value) && !value.contains('\0'));
  }
  const auto again = parse_form(to_form(*params), 50);
  CHECK(again && *again == *params);
  return 0;
}
