// parse_file_target: the ids and the token in the path of a file, and nothing else that could be taken for them.
#include "api/download.h"
#include "base/check.h"
#include "base/text.h"
#include "fragments.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stile;
  const std::string_view path = fuzz::as_text(data, size);
  const auto target = api::parse_file_target(path);
  if (!target) return 0;
  CHECK(target->tree_id >= 0 && target->photo_id > 0);
  CHECK(!target->token.empty() && !target->token.contains('/') && !target->size.empty() && !target->size.contains('/'));
  CHECK(path.starts_with('/') && path.contains("/" + target->token + "/" + target->size));
  const std::string written = "/" + std::to_string(target->tree_id) + "/" + std::to_string(target->photo_id) + "/" +
                              target->token + "/" + target->size;
  CHECK(api::parse_file_target(written) == target && api::parse_file_target(written + "/name.jpg") == target);
  CHECK(!api::parse_file_target("x" + written) && !api::parse_file_target(written + "/a/b"));
  return 0;
}
