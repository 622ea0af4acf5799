// The loss of a single-shot detector on the CPU as one differentiable function: no tensor as large as the logits but their gradient.
#pragma once

#include "fovea/tensor/tensor.h"

namespace fovea::kernels {

inline constexpr int64_t kNegativesPerPositive = 3;  // arXiv:1512.02325, section 2.2 "Hard negative mining"

/// All on the CPU.
struct DetectionInput {
  const Tensor& logits;   ///< [N, A, K] float32
  const Tensor& offsets;  ///< [N, A, 4] float32
  const Tensor& classes;  ///< [N, A] int64, 0 to K - 1
  const Tensor& wanted;   ///< [N, A, 4] float32
};

struct DetectionTerms {
  Tensor total, classes, boxes;  ///< float32 scalars; only the total has a gradient
};

/// What loss::detection_loss_reference computes (fovea/loss/detection.h).
DetectionTerms detection_loss(const DetectionInput& input, double normalizer);

}  // namespace fovea::kernels
