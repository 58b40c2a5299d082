#include "app/exposition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "app/metric_table.h"

namespace stile::app {
namespace {

using testing::HasSubstr;

TEST(MetricTable, FollowsTheConventions) {
  std::set<std::string_view> names;
  for (const Metric& metric : metric_table()) {
    EXPECT_TRUE(names.insert(metric.name).second) << metric.name;
    EXPECT_TRUE(metric.name.starts_with("stile_") || metric.name.starts_with("process_")) << metric.name;
    EXPECT_EQ(metric.name.ends_with("_total"), metric.type == MetricType::counter) << metric.name;
    EXPECT_TRUE(metric.help.ends_with('.')) << metric.name;
    EXPECT_EQ(metric.help.find_first_of("|\n"), std::string_view::npos) << metric.name;  // it stands in a table
  }
}

TEST(Exposition, WritesSamplesInTheOrderOfTheTable) {
  Exposition out;
  out.gauge("stile_nonces", 3);
  out.counter("stile_chunks_total", 7, {{"outcome", "stored"}});
  const std::string text = out.text();
  EXPECT_THAT(text, HasSubstr("# TYPE stile_chunks_total counter\nstile_chunks_total{outcome=\"stored\"} 7\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE stile_nonces gauge\nstile_nonces 3\n"));
  EXPECT_LT(text.find("stile_chunks_total"), text.find("stile_nonces"));
  EXPECT_EQ(text.find("stile_ready"), std::string::npos);  // nothing was said of it
}

TEST(Exposition, HistogramsAreCumulativeInSeconds) {
  static constexpr std::array<std::uint64_t, 2> kBounds{1'000'000, 500'000'000};
  Histogram histogram(kBounds);
  for (const std::uint64_t took : {1u, 2u, 400'000'000u, 2'000'000'000u}) histogram.observe(took);
  Exposition out;
  out.histogram("stile_catalog_commit_duration_seconds", histogram, 1e-9);
  const std::string text = out.text();
  EXPECT_THAT(text, HasSubstr("_bucket{le=\"0.001\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("_bucket{le=\"0.5\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("_bucket{le=\"+Inf\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("stile_catalog_commit_duration_seconds_count 4\n"));
  EXPECT_THAT(text, HasSubstr("stile_catalog_commit_duration_seconds_sum 2.4"));
}

TEST(ExpositionDeathTest, RefusesWhatIsNotInTheTable) {
  Exposition out;
  EXPECT_DEATH(out.gauge("stile_nothing", 1), "broken invariant");
  EXPECT_DEATH(out.counter("stile_nonces", 1), "broken invariant");
  EXPECT_DEATH(out.gauge("stile_nonces", 1, {{"who", "x"}}), "broken invariant");
  out.gauge("stile_nonces", 1);
  EXPECT_DEATH(out.gauge("stile_nonces", 2), "broken invariant");
}

}  // namespace
}  // namespace stile::app
