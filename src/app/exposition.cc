#include "app/exposition.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <limits>
#include <map>

#include "app/metric_table.h"
#include "base/check.h"
#include "base/text.h"

namespace stile::app {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;

prometheus::MetricType to_prometheus(MetricType type) {
  switch (type) {
    case MetricType::counter: return prometheus::MetricType::Counter;
    case MetricType::gauge: return prometheus::MetricType::Gauge;
    case MetricType::histogram: break;
  }
  return prometheus::MetricType::Histogram;
}

bool has_labels_of(const Metric& metric, const MetricLabels& labels) {
  std::string names;
  for (const auto& [name, value] : labels) names.append(names.empty() ? "" : " ").append(name);
  return names == metric.labels;
}

}  // namespace

struct Exposition::Families {
  std::map<std::string_view, MetricFamily> by_name;

  ClientMetric& add(std::string_view name, MetricType type, const MetricLabels& labels) {
    const Metric* metric = find_metric(name);
    CHECK(metric != nullptr && metric->type == type && has_labels_of(*metric, labels));
    MetricFamily& family = by_name[metric->name];
    family.name = name;
    family.help = metric->help;
    family.type = to_prometheus(type);
    ClientMetric sample;
    for (const auto& [label, value] : labels) sample.label.push_back({std::string(label), std::string(value)});
    for (const ClientMetric& other : family.metric) CHECK(other.label != sample.label);
    return family.metric.emplace_back(std::move(sample));
  }
};

Exposition::Exposition() : families_(std::make_unique<Families>()) {}
Exposition::~Exposition() = default;

void Exposition::counter(std::string_view name, double value, const MetricLabels& labels) {
  families_->add(name, MetricType::counter, labels).counter.value = value;
}

void Exposition::counter(std::string_view name, const Counter& value, const MetricLabels& labels) {
  counter(name, static_cast<double>(value.value()), labels);
}

void Exposition::gauge(std::string_view name, double value, const MetricLabels& labels) {
  families_->add(name, MetricType::gauge, labels).gauge.value = value;
}

void Exposition::histogram(std::string_view name, const Histogram& histogram, double scale,
                           const MetricLabels& labels) {
  const HistogramView view = histogram.view();
  ClientMetric::Histogram& out = families_->add(name, MetricType::histogram, labels).histogram;
  // The count is the sum of the buckets as they were read, so that both always agree.
  for (std::size_t i = 0; i <= view.bounds.size(); ++i) {
    out.sample_count += view.counts[i];
    const bool last = i == view.bounds.size();
    out.bucket.push_back({out.sample_count, last ? std::numeric_limits<double>::infinity()
                                                 : static_cast<double>(view.bounds[i]) * scale});
  }
  out.sample_sum = static_cast<double>(view.sum) * scale;
}

std::string Exposition::text() const {
  std::vector<MetricFamily> families;
  for (const Metric& metric : metric_table())
    if (const auto found = families_->by_name.find(metric.name); found != families_->by_name.end())
      families.push_back(found->second);
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace stile::app
