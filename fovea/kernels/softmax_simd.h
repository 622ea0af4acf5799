// The softmax cross-entropy of rows on raw memory, float32: what a detector needs for its many rows of few columns.
#pragma once

#include <cstdint>

namespace fovea::kernels {

/// losses[r] = log(sum(exp(x))) - x[labels[r]], log_sums[r] = log(sum(exp(x))) of the row x = logits[r]; a NaN in the row makes both NaN.
///
/// logits  [rows, columns], dense
/// labels  [rows], 0 to columns - 1
/// cost    one exponential per element
void softmax_losses(const float* logits, const int64_t* labels, int64_t rows, int64_t columns, float* losses, float* log_sums);

/// The gradient of one row's loss times `weight`: gradient = weight (exp(x - log_sum) - onehot(label)).
void softmax_gradient(const float* logits, int64_t label, float log_sum, float weight, int64_t columns, float* gradient);

}  // namespace fovea::kernels
