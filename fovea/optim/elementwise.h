// The three loops over all weights that a step makes. On the CPU each is one pass over memory; elsewhere, and for tensors whose memory
// is ordered differently, it is the plain ATen form below, which the tests compare with.
#pragma once

#include "fovea/tensor/tensor.h"

namespace fovea::optim {

/// m <- momentum m + rate g, then w <- w - step m. Momentum in the TF form: rate 1, step lr; in the Keras form: rate -lr, step -1.
struct UpdateRule {
  double momentum = 0;
  double rate = 1;
  double step = 0;
};

/// gradient <- gradient + decay * value
///
/// returns  the L2 norm of the new gradient, a float32 scalar on its device; on the CPU the same bits for any number of threads
Tensor add_decay(Tensor& gradient, const Tensor& value, double decay);
Tensor add_decay_reference(Tensor& gradient, const Tensor& value, double decay);

void update(Tensor& value, Tensor& momentum, const Tensor& gradient, const UpdateRule& rule);
void update_reference(Tensor& value, Tensor& momentum, const Tensor& gradient, const UpdateRule& rule);

/// average <- average + share * (value - average); equal values stay equal, bit by bit
void approach(Tensor& average, const Tensor& value, double share);
void approach_reference(Tensor& average, const Tensor& value, double share);

}  // namespace fovea::optim
