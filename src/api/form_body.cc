#include "api/form_body.h"

#include <string>
#include <vector>

#include "base/text.h"

namespace stile::api {

io::Task<Result<Params>> read_form_body(io::ByteSource& body, std::size_t max_bytes, std::size_t max_fields,
                                        ByteLoan& memory, Params* readable) {
  std::string text;
  for (;;) {
    (void)co_await body.wait_readable(Milliseconds::max());
    std::vector<std::byte> buffer(8 * kKiB);
    auto got = co_await body.read(buffer);
    if (!got) co_return fail(std::move(got).error());
    if (*got == 0) {
      auto parsed = parse_form(text, max_fields);
      if (!parsed && readable) *readable = readable_pairs(text, max_fields);
      co_return parsed;
    }
    if (text.size() + *got > max_bytes) co_return fail(Errc::limit, "the form is too long");
    STILE_CO_TRY(memory.grow(*got));
    text.append(as_text(Bytes(buffer).first(*got)));
  }
}

}  // namespace stile::api
