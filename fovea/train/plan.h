// What a run will do, derived from recipe and data before the first step: steps, rates, memory, disk.
#pragma once

#include "fovea/base/file.h"
#include "fovea/data/options.h"
#include "fovea/model/model.h"
#include "fovea/optim/options.h"
#include "fovea/optim/schedule.h"
#include "fovea/train/options.h"

#include <cstdint>
#include <string>

namespace fovea::train {

struct PlanInput {
  model::ModelOptions model;
  data::DataOptions data;
  optim::OptimOptions optim;
  TrainOptions train;
  int64_t train_images = 0;
  int64_t validation_images = 0;
  int64_t num_outputs = 0;
  int64_t loader_threads = 1;
  bool on_device = false;  ///< weights and activations are in a device's memory, not in the host's
};

struct Plan {
  int64_t steps_per_epoch = 1;
  int64_t total_steps = 0;
  int64_t parameters = 0;       ///< trainable
  double step_flops = 0;        ///< forward and backward of the global batch
  double memory_bytes = 0;      ///< estimate of the host's peak; with on_device: program, loader, and what a save brings over
  double checkpoint_bytes = 0;  ///< of one
  double disk_bytes = 0;        ///< of all that are kept in the end, and one in the making
  optim::ScheduleSummary schedule;
  std::string text;  ///< the table that is printed and kept as plan.txt
};

/// throws kConfig when settings contradict each other or the data (a batch larger than the data set, say)
Plan make_plan(const PlanInput& input, model::Model& model);

/// Refuses a plan that cannot fit. throws kMemory naming the estimate, the limit and a micro-batch that would fit (on_device: that the batch is
/// too large); kIo when the disk is too small
void check_fit(const Plan& plan, const PlanInput& input, const fs::path& run_dir);

/// Does the interval end at `step`? Steps and epochs only; minutes are the caller's clock.
bool is_due(const Interval& interval, int64_t step, int64_t steps_per_epoch);

/// Is an evaluation due after `step` updates: at the end, and at train.eval_offset + n * train.eval_every, n = 1, 2, ... (spec 2.4, `train_offset`)?
bool is_evaluation_due(const TrainOptions& train, const Plan& plan, int64_t step, double seconds_since_last);

}  // namespace fovea::train
