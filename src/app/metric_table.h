// MetricTable: every figure of /metrics with its type, labels and meaning, listed once. The exposition refuses what is
// not in it, and docs/metrics.md is made from it.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace stile::app {

enum class MetricType { counter, gauge, histogram };

struct Metric {
  std::string_view name;    // by the conventions of Prometheus: base units, counters end in _total
  MetricType type;
  std::string_view labels;  // separated by a space
  std::string_view help;
};

std::span<const Metric> metric_table();
const Metric* find_metric(std::string_view name);
std::string_view type_name(MetricType type);

// The whole of docs/metrics.md.
std::string describe_metrics_markdown();
// For people at a terminal.
std::string describe_metrics_text();

}  // namespace stile::app
