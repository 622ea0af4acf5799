// A batch from nowhere, for measuring and looking at a training step.
#pragma once

#include "fovea/data/batch.h"
#include "fovea/model/model.h"

#include <cstdint>

namespace fovea::train {

/// Random pictures of side x side pixels; random labels, or for a detector random classes and offsets at every 300th default box: 30 of SSD's
/// 8,732, as pictures of COCO have.
data::Batch made_up_batch(const model::Model& model, int64_t pictures, int64_t side);

}  // namespace fovea::train
