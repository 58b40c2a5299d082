// webhook_body: JSON whatever was kept, with our domain first and every fact as it was.
//
// Input: the domain, LF, the stored text.
#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

#include "base/check.h"
#include "base/text.h"
#include "fragments.h"
#include "notify/event_request.h"

namespace {

namespace json = boost::json;

// The same but for the last digits of a fraction, which the reader rounds.
bool same(const json::value& a, const json::value& b) {
  if (a.is_double() && b.is_double()) {
    const double x = a.get_double(), y = b.get_double();
    return x == y || std::abs(x - y) <= 1e-12 * std::abs(x);
  }
  if (a.is_array() && b.is_array()) return std::ranges::equal(a.get_array(), b.get_array(), same);
  if (!a.is_object() || !b.is_object()) return a == b;
  return std::ranges::equal(a.get_object(), b.get_object(), [](const auto& left, const auto& right) {
    return left.key() == right.key() && same(left.value(), right.value());
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stile;
  std::string_view stored = fuzz::as_text(data, size);
  const std::string_view domain = fuzz::take_line(stored);
  if (!is_valid_utf8(domain)) return 0;

  boost::system::error_code error;
  const json::value body = json::parse(notify::webhook_body(domain, stored), error);
  CHECK(!error && body.is_object());
  const json::object& object = body.get_object();
  CHECK(object.begin()->key() == "domain" && object.begin()->value() == json::value(domain));

  const json::value facts = json::parse(stored, error);
  const json::object none;
  const json::object& kept = !error && facts.is_object() ? facts.get_object() : none;
  CHECK(object.size() == kept.size() + (kept.contains("domain") ? 0 : 1));
  for (const auto& [name, value] : kept)
    if (name != "domain") CHECK(same(object.at(name), value));
  return 0;
}
