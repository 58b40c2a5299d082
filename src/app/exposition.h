// Exposition: samples of the metrics in metric_table.h, written as Prometheus reads them.
//
// A name, type or label that is not in the table, a sample given twice, or a family that got none of its labels, is a
// mistake of ours and aborts: each is made on every call, so tests meet it. Not thread-safe.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/metrics.h"

namespace stile::app {

using MetricLabels = std::vector<std::pair<std::string_view, std::string_view>>;

class Exposition {
 public:
  Exposition();
  ~Exposition();
  Exposition(const Exposition&) = delete;

  void counter(std::string_view name, double value, const MetricLabels& labels = {});
  void counter(std::string_view name, const Counter& value, const MetricLabels& labels = {});
  void gauge(std::string_view name, double value, const MetricLabels& labels = {});
  // Observations times `scale` are in the unit of the name: 1e-9 for seconds out of nanoseconds.
  void histogram(std::string_view name, const Histogram& histogram, double scale, const MetricLabels& labels = {});

  // All of it, in the order of the table.
  std::string text() const;

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

}  // namespace stile::app
