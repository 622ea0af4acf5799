// Cross-entropy with label smoothing, on float32 logits, for plain and mixed targets.
#pragma once

#include "fovea/tensor/tensor.h"

namespace fovea::loss {

/// The loss of a row is lambda * CE(labels) + (1 - lambda) * CE(partner_labels); without MixUp the last two are undefined.
struct MixedLabels {
  Tensor labels;          ///< [N] int64, 0 to K - 1
  Tensor partner_labels;  ///< [N] int64
  Tensor lambda;          ///< [N] float32
};

/// Sum over the batch of lambda CE(labels) + (1 - lambda) CE(partner), each against (1 - e) onehot + e / K (spec 2.3), divided by `normalizer`
/// (images of the global batch).
///
/// logits     [N, K] float32
/// smoothing  e in [0, 1)
/// returns    float32 scalar, differentiable
/// cost       one log-softmax; no [N, K] targets are made
Tensor cross_entropy(const Tensor& logits, const MixedLabels& targets, double smoothing, double normalizer);

/// Per-image loss [N] float32 without smoothing or mixing, for evaluation.
Tensor cross_entropy_each(const Tensor& logits, const Tensor& labels);

}  // namespace fovea::loss
