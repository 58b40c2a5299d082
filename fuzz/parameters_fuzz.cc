// ParameterReader: every typed parameter lies within what its reader promises, and what does not is complained of.
//
// Input: an urlencoded form with the fields below.
#include <algorithm>

#include "api/parameters.h"
#include "base/check.h"
#include "base/text.h"
#include "fragments.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stile;
  using namespace stile::api;
  const auto params = parse_form(fuzz::as_text(data, size), 50);
  if (!params) return 0;
  ParameterReader reader(*params);

  const std::int64_t number = reader.clamped("n", 5, -3, 1000);
  CHECK(number >= -3 && number <= 1000);
  const Page page = reader.page();
  CHECK(page.p >= 1 && page.size >= 1 && page.size <= 100 && offset_of(page) >= 0);
  CHECK(reader.id("id") >= 0);
  CHECK(reader.text("text", 40).size() <= 40);
  const std::string choice = reader.choice("choice", {"desc", "asc"});
  CHECK(choice == "desc" || choice == "asc");
  (void)reader.flag("flag", true);
  const auto date = reader.date("date");
  CHECK(!date || epoch_milliseconds(*date) >= 0);

  const std::string title = reader.title("title", 200);
  CHECK(title.size() <= 200 * 4 && std::ranges::none_of(title, [](unsigned char c) { return c < 0x20; }));
  const std::string description = reader.description("description", 200);
  CHECK(!to_lower(description).contains("<script") && is_valid_utf8(description));

  const std::string link = reader.link("link", 100);
  CHECK(link.size() <= 100 && std::ranges::none_of(link, [](unsigned char c) { return c <= 0x20 || c == 0x7f; }));
  const std::string lower = to_lower(link);
  CHECK(link.empty() || (link[0] == '/' && (link.size() == 1 || (link[1] != '/' && link[1] != '\\'))) ||
        lower.starts_with("http://") || lower.starts_with("https://"));
  if (reader.problem()) CHECK(is_valid_utf8(reader.problem()->message) && !reader.problem()->message.empty());

  // An empty form and one with only empty fields say the same, and nothing is wrong with either.
  Params empty;
  for (const auto& [name, value] : *params) empty.add(name, "");
  ParameterReader nothing(empty);
  CHECK(nothing.clamped("n", 5, -3, 1000) == 5 && nothing.id("id") == 0 && !nothing.date("date"));
  CHECK(nothing.page().p == 1 && nothing.page().size == 20 && nothing.link("link", 100).empty() && !nothing.problem());
  return 0;
}
