// The scores of an evaluation, whatever the task.
#pragma once

#include "fovea/metrics/classification.h"
#include "fovea/metrics/detection.h"

#include <variant>
#include <vector>

namespace fovea::metrics {

using Scores = std::variant<ClassificationScores, DetectionScores>;

inline int64_t images(const Scores& scores) {
  return std::visit([](const auto& s) { return s.images(); }, scores);
}

/// Mean loss of the pictures; NaN when one was not finite.
inline double loss(const Scores& scores) {
  return std::visit([](const auto& s) { return s.loss(); }, scores);
}

/// The first one decides which checkpoint is the best.
inline std::vector<Figure> figures(const Scores& scores) {
  return std::visit([](const auto& s) { return s.figures(); }, scores);
}

}  // namespace fovea::metrics
