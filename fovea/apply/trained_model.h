// A checkpoint as something to apply: its recipe, its classes, its network with the weights in it.
#pragma once

#include "fovea/model/model.h"
#include "fovea/recipe/recipe.h"
#include "fovea/train/checkpoint.h"
#include "fovea/train/checkpoint_path.h"
#include "fovea/train/run_state.h"
#include "fovea/train/step.h"
#include "fovea/train/weights.h"

#include <memory>
#include <optional>
#include <string>

namespace fovea::apply {

/// Read-only once loaded: several threads may apply it at once.
struct TrainedModel {
  fs::path checkpoint;
  int64_t step = 0;
  double epoch = 0;
  recipe::Recipe recipe;
  train::Identity identity;
  std::unique_ptr<model::Model> model;
  train::Weights weights = train::Weights::kRaw;  ///< which are in the network
  at::Device device = at::kCPU;                   ///< where it stands
  train::StepOptions options;                     ///< precision and pixel scale to apply it with

  /// The run that the checkpoint stands in, when it stands in one.
  [[nodiscard]] std::optional<fs::path> run() const;
};

struct TrainedModelOptions {
  train::Pick pick = train::Pick::kBest;
  std::optional<train::Weights> weights;  ///< empty: those that the recipe evaluates
  at::Device device = at::kCPU;
};

/// A checkpoint that was loaded, and so verified, already; options.pick is not asked.
TrainedModel load_trained(const train::Checkpoint& checkpoint, const TrainedModelOptions& options);

/// path    as train::checkpoint_folder takes it
/// log     gets warnings about what was passed over
/// throws  kMissing, kData (damaged, foreign, other tensors than the network's), kConfig (averaged weights asked for, none kept)
TrainedModel load_trained(const fs::path& path, const TrainedModelOptions& options, Log& log);

/// The end of every loading, when the weights are in the network: puts it on its device, and takes from the recipe what it is applied with.
void finish_loading(TrainedModel& trained, const TrainedModelOptions& options);

}  // namespace fovea::apply
