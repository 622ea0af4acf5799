// When a loss is not finite: which layer began it, and with which pictures.
#pragma once

#include "fovea/data/batch.h"
#include "fovea/data/dataset.h"
#include "fovea/model/model.h"
#include "fovea/train/step.h"

#include <string>

namespace fovea::train {

/// Runs the batch forward once more, in the passes of the step (StepOptions::micro_batch), without touching statistics or weights, and looks at
/// every layer's output.
/// returns  "the first layer with values that are not finite is layer2.0 (output [32, 128, 28, 28], 3 of 3,211,264 values); pictures: …",
///          naming at most five pictures, those whose own rows are not finite first
std::string describe_nonfinite(model::Model& model, const data::Batch& batch, const data::Dataset& dataset, const StepOptions& options,
                               const at::Device& device);

}  // namespace fovea::train
