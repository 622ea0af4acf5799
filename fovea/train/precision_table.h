// What is computed and kept in which type: read off a training step that really runs, with the reason beside it.
#pragma once

#include "fovea/kernels/context.h"
#include "fovea/model/model.h"

#include <string>
#include <vector>

namespace fovea::train {

struct PrecisionRow {
  std::string what;  ///< "convolutions"
  std::string type;  ///< "bfloat16"; several with commas when not all are the same
  std::string why;
};

/// Makes one training step of `model` (forward, loss, backward, decay, update, averaging) on two pictures and looks at the type of every tensor that
/// it meets: results of the layers and of the operations in the graph, sums of batch norm, logits, loss, gradients, weights, momentum, averages.
///
/// model  is changed by the step: give one that is made for it
/// side   of the pictures, pixels; types do not depend on it
std::vector<PrecisionRow> precision_table(model::Model& model, int64_t side, Precision precision, kernels::Path path = kernels::Path::kFused);

}  // namespace fovea::train
