// One pass over a data set: every picture once.
#pragma once

#include "fovea/data/loader.h"
#include "fovea/metrics/scores.h"
#include "fovea/model/model.h"
#include "fovea/train/step.h"

#include <functional>
#include <optional>

namespace fovea::train {

struct EvaluationOptions {
  data::LoaderOptions loader;
  StepOptions step;  ///< precision, pixel scale, path
  at::Device device = at::kCPU;
  int64_t keep_mistakes = 0;
  std::function<bool()> stop;  ///< asked after every batch; true ends the pass
  std::function<void(int64_t images)> progress;
};

struct Evaluation {
  metrics::Scores scores;
  double seconds = 0;
  std::vector<data::Skipped> skipped;
};

/// returns  nothing when it was stopped
std::optional<Evaluation> evaluate(const model::Model& model, const data::Dataset& dataset, const EvaluationOptions& options);

}  // namespace fovea::train
