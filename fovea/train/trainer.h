// A training run from the first step, or from where it stopped, to its end: decides when to step, look, save and stop.
#pragma once

#include "fovea/base/log.h"
#include "fovea/base/settings.h"
#include "fovea/data/dataset.h"
#include "fovea/kernels/context.h"
#include "fovea/train/init_source.h"
#include "fovea/train/plan.h"
#include "fovea/train/profile.h"
#include "fovea/train/run_folder.h"
#include "fovea/train/run_log.h"
#include "fovea/train/run_state.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::train {

struct TrainerSetup {
  std::string name;  ///< of the recipe
  model::ModelOptions model;
  data::DataOptions data;
  optim::OptimOptions optim;
  TrainOptions train;
  Settings recipe;          ///< for checkpoints and for comparing
  std::string config_yaml;  ///< the same for people: config.yaml
  std::string data_where;
  fs::path run_dir;
  std::vector<std::string> command;
  std::string version;
  std::optional<InitSource> init;  ///< where the first weights come from; nothing: drawn
  at::Device device = at::kCPU;
  kernels::Path path = kernels::Path::kFused;
  TagScheme tags = TagScheme::kFovea;  ///< of the event files
  bool resume_with_changes = false;
  std::optional<ProfileWindow> profile;  ///< steps to record
};

struct TrainerHooks {
  Log& log;
  std::function<void(std::string_view line)> progress;   ///< the line that a terminal refreshes; may be empty
  std::function<void(const fs::path& run)> run_changed;  ///< after evaluations and at the end: the report is written; may be empty
};

struct TrainResult {
  RunState state = RunState::kDone;
  int64_t step = 0;
  std::optional<BestScore> best;
  std::string message;
};

/// Trains, or continues, in setup.run_dir. Writes nowhere else.
///
/// throws  kConfig for changed settings without resume_with_changes, kDiverged, kIo, kMemory, kData, ...: status.json says so before it throws
TrainResult run_training(const TrainerSetup& setup, const TrainerHooks& hooks);

}  // namespace fovea::train
