#include "api/dates.h"

#include <gtest/gtest.h>

namespace stile::api {
namespace {

std::string round_trip(std::string_view text) {
  const auto time = parse_date(text);
  return time ? ansi_date(*time) : "(refused)";
}

TEST(Dates, ReadsTheDocumentedFormats) {
  EXPECT_EQ(round_trip("2026-11-22 15:16:17"), "2026-11-22 15:16:17");
  EXPECT_EQ(round_trip("2026-11-22 15:16"), "2026-11-22 15:16:00");
  EXPECT_EQ(round_trip("2026-11-22"), "2026-11-22 00:00:00");
  EXPECT_EQ(round_trip("2026-11-22T15:16:17Z"), "2026-11-22 15:16:17");
  EXPECT_EQ(round_trip("2026-11-22T15:16:17.999Z"), "2026-11-22 15:16:17");
  EXPECT_EQ(round_trip("2026-11-22T15:16:17"), "2026-11-22 15:16:17");
  EXPECT_EQ(round_trip("2026-11-22T01:16:17+02:00"), "2026-11-21 23:16:17");
  EXPECT_EQ(round_trip("2026-12-31T23:30:00-0130"), "2027-01-01 01:00:00");
  EXPECT_EQ(round_trip("2026-12-31T23:30:00-01"), "2027-01-01 00:30:00");
  EXPECT_EQ(round_trip(" 2028-02-29 00:00:00 "), "2028-02-29 00:00:00");
  EXPECT_EQ(round_trip("1970-01-01"), "1970-01-01 00:00:00");
}

TEST(Dates, RefusesAnythingElse) {
  for (auto text : {"", "tomorrow", "2026", "2026-11", "2026-13-01", "2026-02-29", "2026-00-10", "2026-11-00",
                    "2026-11-22 24:00:00", "2026-11-22 10:60:00", "2026-11-22 10:00:60", "2026-11-22 10",
                    "2026-11-22T10:00:00.Z", "2026-11-22T10:00:00+", "2026-11-22T10:00:00+1",
                    "2026-11-22T10:00:00+02:0", "2026-11-22T10:00:00Zx", "2026-11-22x", "1969-12-31", "20261122",
                    "+026-11-22", "2026-1-2", "2026-11-22'; DROP TABLE tokens"})
    EXPECT_EQ(parse_date(text), std::nullopt) << text;
}

TEST(Dates, AnOffsetDoesNotLeadOutOfTheYearsThatCanBeWritten) {
  EXPECT_FALSE(parse_date("1970-01-01 00:59:59+01:00"));
  EXPECT_TRUE(parse_date("1970-01-01 01:00:00+01:00"));
  EXPECT_FALSE(parse_date("9999-12-31 23:00:00-01:00"));
  EXPECT_EQ(ansi_date(parse_date("9999-12-31 22:59:59-01:00").value()), "9999-12-31 23:59:59");
}

TEST(Dates, AreWrittenForPeople) {
  const WallTime time = parse_date("2012-11-05 16:31:59").value();
  EXPECT_EQ(pretty_date(time), "November 05, 2012");
  EXPECT_EQ(pretty_time(time), "04:31 PM");
  EXPECT_EQ(pretty_time(parse_date("2012-01-01 00:05:00").value()), "12:05 AM");
  EXPECT_EQ(pretty_time(parse_date("2012-01-01 12:00:00").value()), "12:00 PM");
}

}  // namespace
}  // namespace stile::api
