// The objects of a run, made from a setup: data sets, network, optimiser, schedule, plan.
#pragma once

#include "fovea/data/loader.h"
#include "fovea/optim/ema.h"
#include "fovea/optim/optimizer.h"
#include "fovea/optim/schedule.h"
#include "fovea/train/checkpoint_store.h"
#include "fovea/train/evaluator.h"
#include "fovea/train/plan.h"
#include "fovea/train/run_state.h"
#include "fovea/train/step.h"
#include "fovea/train/trainer.h"

#include <memory>
#include <optional>

namespace fovea::train {

struct RunParts {
  /// index_cache  file that keeps scans of TFRecords; empty = none
  /// throws kMissing, kData, kConfig, kDevice
  RunParts(const TrainerSetup& setup, const fs::path& index_cache, Log& log);

  [[nodiscard]] StepParts step_parts() { return {.model = *model, .optimizer = *optimizer, .ema = ema.get(), .device = device}; }
  [[nodiscard]] data::LoaderOptions loader_options() const;
  [[nodiscard]] EvaluationOptions evaluation_options() const;
  /// Pictures of an evaluation: train.eval_images, or all.
  [[nodiscard]] int64_t evaluated_images() const;
  [[nodiscard]] KeepPolicy keep_policy() const;
  [[nodiscard]] Identity identity() const;
  /// "cpu, fused kernels, 2 threads"
  [[nodiscard]] std::string computed_with() const;
  [[nodiscard]] ProfileFacts profile_facts() const;
  /// With data.cache: auto, says whether training pictures are kept, and from now on `train` is a set that does.
  void keep_decoded_if_they_fit(int64_t steps_left, Log& log);

  const TrainerSetup& setup;
  at::Device device;
  std::unique_ptr<data::Dataset> train;
  std::unique_ptr<data::Dataset> validation;  ///< null when train.eval_every is none: there need not be one then
  std::unique_ptr<model::Model> model;
  std::unique_ptr<data::TargetEncoder> encoder;  ///< of a detector, else null
  std::unique_ptr<optim::Optimizer> optimizer;
  std::unique_ptr<optim::Ema> ema;  ///< null without averaging
  PlanInput plan_input;
  Plan plan;
  std::optional<optim::Schedule> schedule;
  StepOptions step;
};

/// Pictures to network input as the options say.
kernels::PixelScale pixel_scale(const data::DataOptions& options);

}  // namespace fovea::train
