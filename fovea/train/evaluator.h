// One pass over a data set: every picture once.
#pragma once

#include "fovea/data/loader.h"
#include "fovea/metrics/scores.h"
#include "fovea/model/model.h"
#include "fovea/train/step.h"

#include <functional>
#include <optional>
#include <string_view>

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

/// throws kConfig when a detector meets pictures with labels, or a classifier pictures with objects
void expect_same_task(const model::Model& model, std::string_view name, const data::DatasetInfo& info);

/// returns  nothing when it was stopped
std::optional<Evaluation> evaluate(const model::Model& model, const data::Dataset& dataset, const EvaluationOptions& options);

}  // namespace fovea::train
