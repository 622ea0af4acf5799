// The loss of a single-shot detector: cross-entropy over the matched and the hardest unmatched default boxes, Huber over the matched offsets.
#pragma once

#include "fovea/tensor/tensor.h"

namespace fovea::loss {

struct Boxes {
  Tensor logits;   ///< [N, A, K] float32, column 0 the background
  Tensor offsets;  ///< [N, A, 4] float32
};

struct BoxTargets {
  Tensor classes;  ///< [N, A] int64, 0 to K - 1; 0 = background
  Tensor offsets;  ///< [N, A, 4] float32; read where the class is not 0
};

struct DetectionLoss {
  Tensor total;    ///< classes + boxes, float32 scalar, differentiable
  Tensor classes;  ///< float32 scalar without a gradient
  Tensor boxes;    ///< the same
};

/// Per picture (arXiv:1512.02325, section 2.2 "Training objective" and "Hard negative mining"; spec 3.5), with its n default boxes that have a class:
///   classes  the sum of the cross-entropy over these n and over the min(3 n, A) boxes with the largest cross-entropy among the others, the lower box
///            at equal ones. The n count 0 in that order, so that they are counted twice only where the others do not suffice
///   boxes    the sum over the n and their 4 offsets of e^2 / 2 where |e| <= 1, else |e| - 1/2
/// Both divided by n, and summed over pictures divided by `normalizer` (pictures of the global batch). A picture without such a box adds nothing.
///
/// cost  on the CPU one exponential per logit; backward writes the logits' gradient once, and computes only those rows that have one
DetectionLoss detection_loss(const Boxes& boxes, const BoxTargets& targets, double normalizer);

/// The same by plain tensor operations, on any device: the specification.
DetectionLoss detection_loss_reference(const Boxes& boxes, const BoxTargets& targets, double normalizer);

}  // namespace fovea::loss
