// Parameters in a column of the catalog: what is written comes back, and any other text gives params that can be kept.
#include "base/check.h"
#include "base/text.h"
#include "catalog/columns.h"
#include "fragments.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stile;
  using namespace stile::catalog;
  const std::string_view text = fuzz::as_text(data, size);
  const Params foreign = params_from_json(text);
  CHECK(params_from_json(to_json(foreign)) == foreign);
  if (const auto form = parse_form(text, 50)) {
    const std::string stored = to_json(*form);
    CHECK(is_valid_utf8(stored) && !stored.contains('\0') && !stored.contains('\n'));
    CHECK(params_from_json(stored) == *form);
  }
  return 0;
}
