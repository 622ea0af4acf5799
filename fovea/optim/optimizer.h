// The update of the weights: decay and clipping of gradients, then momentum or LARS. Plain, one tensor after the other.
#pragma once

#include "fovea/nn/parameters.h"
#include "fovea/optim/options.h"

#include <string>
#include <vector>

namespace fovea::optim {

/// Tensors of an optimiser that a checkpoint keeps, by name: "momentum/layer1.0.conv1.weight".
struct StateTensor {
  std::string name;
  Tensor value;
};

/// Adds the gradient of the L2 term wd * sum(w^2) / 2 to kernels (and biases, options.decay_bias) and clips by the global norm (spec 2.3:
/// L2 belongs to the loss, so it comes after the reduction over ranks and before clipping). With LARS nothing is added here unless
/// options.lars_double_decay: the update itself decays.
///
/// returns  the global norm before clipping, a float32 scalar on the parameters' device (nobody waits for it); when it is not finite, neither
///          are the gradients after clipping
/// cost     one pass over weights and gradients; clipping scales the gradients in a second one
Tensor decay_and_clip(nn::Parameters& parameters, const OptimOptions& options);

/// The L2 term itself, wd * sum(w^2) / 2 over the same tensors, a float64 scalar: for the log.
Tensor l2_loss(nn::Parameters& parameters, const OptimOptions& options);

class Optimizer {
 public:
  /// Takes the rows that are trainable now: freeze first.
  Optimizer(nn::Parameters& parameters, const OptimOptions& options);

  /// One update of every trainable tensor. LARS consumes the gradients. throws kInternal when a tensor has no gradient
  void step(double lr);

  /// In table order; the tensors are the live ones, so that a loader may copy into them.
  [[nodiscard]] std::vector<StateTensor> state();

 private:
  OptimOptions options_;
  std::vector<nn::Parameter*> trained_;
  std::vector<Tensor> momentum_;
};

}  // namespace fovea::optim
