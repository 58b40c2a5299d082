// parse_date: what is read can be written and read again, and means what the C library says it means.
#include <ctime>

#include "api/dates.h"
#include "base/check.h"
#include "fragments.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stile;
  using namespace stile::api;
  const auto time = parse_date(fuzz::as_text(data, size));
  if (!time) return 0;
  const std::time_t seconds = static_cast<std::time_t>(std::chrono::floor<Seconds>(time->time_since_epoch()).count());
  std::tm broken{};
  CHECK(::gmtime_r(&seconds, &broken) != nullptr);
  CHECK(broken.tm_year + 1900 >= 1970 && broken.tm_year + 1900 <= 9999);
  char text[64];
  CHECK(std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &broken) == 19);
  CHECK(ansi_date(*time) == text);
  CHECK(parse_date(text) == *time);
  text[10] = 'T';
  CHECK(parse_date(std::string(text) + "+0000") == *time);
  CHECK(std::strftime(text, sizeof text, "%I:%M %p", &broken) == 8 && pretty_time(*time) == text);
  CHECK(std::strftime(text, sizeof text, "%B %d, %Y", &broken) > 0 && pretty_date(*time) == text);
  return 0;
}
