// accepts_json: whoever welcomes JSON has named it, and asking for more does not make it less welcome.
#include <string>

#include "api/redeem_answer.h"
#include "base/check.h"
#include "base/text.h"
#include "fragments.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stile;
  const std::string text(fuzz::as_text(data, size));
  const bool json = api::accepts_json(text);
  if (json) CHECK(to_lower(text).find("application/json") != std::string::npos);
  CHECK(api::accepts_json(text + ",text/html") == json);
  CHECK(api::accepts_json("text/html," + text) == json);
  return 0;
}
