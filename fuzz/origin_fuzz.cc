// normal_origin: one spelling per origin, which a browser would send, however it was written.
#include "api/limit_parameters.h"
#include "base/check.h"
#include "base/text.h"
#include "fragments.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stile;
  const std::string text(fuzz::as_text(data, size));
  const std::string origin = api::normal_origin(text);
  std::string upper = text;
  for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  CHECK(api::normal_origin(upper) == origin);
  if (origin.empty()) return 0;
  CHECK(api::normal_origin(origin) == origin && origin == to_lower(origin) &&
        api::normal_origin(origin + "/") == origin);
  const std::size_t scheme = origin.find("://");
  CHECK(origin.substr(0, scheme) == "http" || origin.substr(0, scheme) == "https");
  const std::string_view authority = std::string_view(origin).substr(scheme + 3);
  CHECK(!authority.empty() &&
        authority.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz.-_:[]") == std::string::npos);
  const std::string_view usual = origin.starts_with("https") ? ":443" : ":80";
  CHECK(!authority.ends_with(usual) || authority.find(':') != authority.size() - usual.size());
  return 0;
}
