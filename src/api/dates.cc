#include "api/dates.h"

#include <cstdio>

#include "base/text.h"

namespace stile::api {
namespace {

// Takes pieces off the front of a text; once something does not fit, it stays failed.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  // Exactly `digits` digits, at most `max`.
  int number(std::size_t digits, int max) {
    const auto value = rest_.size() < digits ? std::nullopt : parse_u64(rest_.substr(0, digits));
    if (!value || *value > static_cast<std::uint64_t>(max)) {
      failed_ = true;
      return 0;
    }
    rest_.remove_prefix(digits);
    return static_cast<int>(*value);
  }
  bool skip(std::string_view one_of) {
    if (rest_.empty() || one_of.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(std::string_view one_of) {
    if (!skip(one_of)) failed_ = true;
  }
  void skip_digits() {
    expect("0123456789");
    while (skip("0123456789")) {
    }
  }
  bool at_end() const { return rest_.empty(); }
  bool peek(char c) const { return rest_.starts_with(c); }
  bool failed() const { return failed_; }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

std::chrono::minutes read_offset(Scanner& scanner) {
  if (scanner.skip("Zz")) return {};
  const bool west = scanner.peek('-');
  scanner.expect("+-");
  const std::chrono::hours hours{scanner.number(2, 14)};
  scanner.skip(":");
  const std::chrono::minutes offset = hours + std::chrono::minutes{scanner.at_end() ? 0 : scanner.number(2, 59)};
  return west ? -offset : offset;
}

}  // namespace

std::optional<WallTime> parse_date(std::string_view text) {
  Scanner scanner(trim(text));
  const int year = scanner.number(4, 9999);
  scanner.expect("-");
  const auto month = static_cast<unsigned>(scanner.number(2, 12));
  scanner.expect("-");
  const auto day = static_cast<unsigned>(scanner.number(2, 31));
  Seconds time_of_day{0};
  if (!scanner.at_end()) {
    scanner.expect("Tt ");
    time_of_day += std::chrono::hours{scanner.number(2, 23)};
    scanner.expect(":");
    time_of_day += std::chrono::minutes{scanner.number(2, 59)};
    if (scanner.skip(":")) {
      time_of_day += Seconds{scanner.number(2, 59)};
      if (scanner.skip(".,")) scanner.skip_digits();
    }
    if (!scanner.at_end()) time_of_day -= read_offset(scanner);
  }
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{day}};
  if (scanner.failed() || !scanner.at_end() || !date.ok() || year < 1970) return std::nullopt;
  const WallTime time(std::chrono::sys_days(date) + time_of_day);
  // An offset may lead out of the years that can be written.
  constexpr WallTime kFirst{std::chrono::sys_days(std::chrono::January / 1 / 1970)};
  constexpr WallTime kBehindLast{std::chrono::sys_days(std::chrono::January / 1 / 10000)};
  if (time < kFirst || time >= kBehindLast) return std::nullopt;
  return time;
}

std::string ansi_date(WallTime time) {
  const auto midnight = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(midnight);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<Seconds>(time - midnight));
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u %02d:%02d:%02d", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text;
}

std::string pretty_date(WallTime time) {
  constexpr const char* kMonths[] = {"January", "February", "March",     "April",   "May",      "June",
                                     "July",    "August",   "September", "October", "November", "December"};
  const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(time));
  char text[64];
  std::snprintf(text, sizeof text, "%s %02u, %04d", kMonths[static_cast<unsigned>(date.month()) - 1],
                static_cast<unsigned>(date.day()), static_cast<int>(date.year()));
  return text;
}

std::string pretty_time(WallTime time) {
  const std::chrono::hh_mm_ss clock(
      std::chrono::floor<Seconds>(time - std::chrono::floor<std::chrono::days>(time)));
  const int hour = static_cast<int>(clock.hours().count());
  char text[64];
  std::snprintf(text, sizeof text, "%02d:%02d %s", hour % 12 == 0 ? 12 : hour % 12,
                static_cast<int>(clock.minutes().count()), hour < 12 ? "AM" : "PM");
  return text;
}

}  // namespace stile::api
