// The figure by which the checkpoints of a run are compared. A header of its own, because folders, states and reports all name it.
#pragma once

#include "fovea/data/dataset.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace fovea::train {

/// As metrics.json and pointer files (checkpoints/best-top1) have them, in the order of data::Task.
inline constexpr std::array<std::string_view, 2> kMetrics{"top1", "AP"};
constexpr std::string_view metric_of(data::Task task) { return kMetrics[static_cast<size_t>(task)]; }

/// For sentences and tables: "top-1", "AP".
constexpr std::string_view metric_label(std::string_view metric) {
  if (metric == "top1") return "top-1";
  return metric == "top5" ? "top-5" : metric;
}

/// The best evaluation of a run so far.
struct BestScore {
  std::string metric;  ///< one of kMetrics
  double value = 0;    ///< a fraction; more is better
  int64_t step = 0;
};

}  // namespace fovea::train
