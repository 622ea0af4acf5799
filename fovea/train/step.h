// One optimiser step: forward, loss, backward, decay and clip, update. Reads like the textbook; decides nothing about when.
#pragma once

#include "fovea/base/trace.h"
#include "fovea/data/batch.h"
#include "fovea/kernels/normalize.h"
#include "fovea/model/model.h"
#include "fovea/optim/ema.h"
#include "fovea/optim/optimizer.h"

#include <cstdint>

namespace fovea::train {

struct StepParts {
  model::Model& model;
  optim::Optimizer& optimizer;
  optim::Ema* ema = nullptr;  ///< null without averaging
  at::Device device = at::kCPU;
};

struct StepOptions {
  optim::OptimOptions optim;
  kernels::PixelScale pixels;
  Precision precision = Precision::kBFloat16;
  kernels::Path path = kernels::Path::kFused;
  int64_t micro_batch = 0;  ///< images of one pass; 0 = all
  uint64_t seed = 0;
  Trace* trace = nullptr;  ///< of a profile; null: none
};

struct StepResult {
  Tensor loss;       ///< of the step, without L2 terms, float32 scalar
  Tensor grad_norm;  ///< global norm before clipping
  Tensor hits;       ///< classification: pictures whose (main) label has the largest logit, int64 scalar
  Tensor hits5;      ///< classification: the same with fewer than 5 larger logits: top-5 as the evaluation counts it
  Tensor classes;    ///< detection: the part of the classes in the loss, float32 scalar
  Tensor boxes;      ///< detection: the part of the boxes
  bool updated = true;
};

/// The weights are left alone when loss or gradient norm is not finite, so this waits for the device once.
///
/// lr      rate of this update
/// update  number of this update, from 0: keys drop-connect and the warm-up of the averaged weights
StepResult train_step(StepParts& parts, const data::Batch& host, double lr, int64_t update, const StepOptions& options);

/// Pictures to network input, as the step does it.
Tensor network_input(const data::Batch& batch, const StepOptions& options);

}  // namespace fovea::train
