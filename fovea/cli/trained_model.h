// A checkpoint as something to apply: its recipe, its classes, its network with the weights in it.
#pragma once

#include "fovea/cli/checkpoint_path.h"
#include "fovea/model/model.h"
#include "fovea/recipe/recipe.h"
#include "fovea/train/checkpoint.h"
#include "fovea/train/run_state.h"
#include "fovea/train/step.h"

#include <memory>
#include <optional>
#include <string>

namespace fovea::cli {

struct TrainedModel {
  fs::path checkpoint;
  int64_t step = 0;
  double epoch = 0;
  recipe::Recipe recipe;
  train::Identity identity;
  std::unique_ptr<model::Model> model;
  train::Weights weights = train::Weights::kRaw;  ///< which are in the network
  train::StepOptions options;                     ///< precision and pixel scale to apply it with

  /// The run that the checkpoint stands in, when it stands in one.
  [[nodiscard]] std::optional<fs::path> run() const;
};

struct TrainedModelOptions {
  Pick pick = Pick::kBest;
  std::optional<train::Weights> weights;  ///< nothing: those that the recipe evaluates
  at::Device device = at::kCPU;
};

/// A checkpoint that was loaded, and so verified, already; options.pick is not asked.
TrainedModel load_trained(const train::Checkpoint& checkpoint, const TrainedModelOptions& options);

/// A run or a checkpoint by its path. throws kMissing, kData (damaged, foreign, other tensors than the network's), kConfig (averaged weights asked for, none
/// kept)
TrainedModel load_trained(const fs::path& path, const TrainedModelOptions& options, Console& console);

}  // namespace fovea::cli
