#include "fovea/optim/optimizer.h"

#include "fovea/optim/elementwise.h"

#include <ATen/ops/clamp_min.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

namespace fovea::optim {
namespace {

/// Decay of this row through the loss (spec 2.3, D-24: the reference decays the dense bias too, gamma and beta never).
double loss_decay(const nn::Parameter& row, const OptimOptions& options) {
  // differs from the reference: LARS decays once, in its update, and not in the loss as well (D-5)
  if (options.algorithm == Algorithm::kLars && !options.lars_double_decay) return 0;
  const bool decayed = row.kind == nn::Kind::kKernel || (row.kind == nn::Kind::kBias && options.decay_bias);
  return decayed ? options.weight_decay : 0;
}

Tensor& gradient_of(const nn::Parameter& row) {
  Tensor& gradient = row.value.mutable_grad();
  FOVEA_CHECK(gradient.defined(), "\"{}\" has no gradient", row.name);
  return gradient;
}

/// g <- t (g + wd w), t = eta |w| / (|g| + wd |w|), or 1 when a norm is zero (spec 2.4). The norms stay on the device.
void apply_trust_ratio(Tensor& gradient, const Tensor& value, const OptimOptions& options) {
  const Tensor value_norm = at::linalg_vector_norm(value);
  const Tensor gradient_norm = at::linalg_vector_norm(gradient);
  const Tensor ratio = options.lars_eta * value_norm / (gradient_norm + options.weight_decay * value_norm);
  const Tensor trust = at::where((value_norm > 0).logical_and(gradient_norm > 0), ratio, at::ones_like(ratio));
  gradient.add_(value, options.weight_decay).mul_(trust);
}

UpdateRule rule_of(const OptimOptions& options, double lr) {
  switch (options.algorithm) {
    case Algorithm::kMomentum: return {.momentum = options.momentum, .rate = 1, .step = lr};
    case Algorithm::kMomentumKeras: return {.momentum = options.momentum, .rate = -lr, .step = -1};
    case Algorithm::kLars: return {.momentum = options.momentum, .rate = lr, .step = 1};
  }
  FOVEA_CHECK(false, "algorithm {}", static_cast<int>(options.algorithm));
}

}  // namespace

Tensor decay_and_clip(nn::Parameters& parameters, const OptimOptions& options) {
  const at::NoGradGuard no_grad;
  const std::vector<nn::Parameter*> rows = parameters.trainable();
  FOVEA_CHECK(!rows.empty(), "nothing is trainable");
  std::vector<Tensor> norms;
  for (const nn::Parameter* row : rows) norms.push_back(add_decay(gradient_of(*row), row->value, loss_decay(*row, options)));
  const Tensor norm = at::linalg_vector_norm(at::stack(norms));
  if (options.clip_norm > 0) {
    const Tensor scale = options.clip_norm / norm.clamp_min(options.clip_norm);  // TF's clip_by_global_norm: exactly 1 when nothing is clipped
    for (const nn::Parameter* row : rows) gradient_of(*row).mul_(scale);
  }
  return norm;
}

Tensor l2_loss(nn::Parameters& parameters, const OptimOptions& options) {
  const at::NoGradGuard no_grad;
  const std::vector<nn::Parameter*> rows = parameters.trainable();
  FOVEA_CHECK(!rows.empty(), "nothing is trainable");
  Tensor sum = at::zeros({}, rows.front()->value.options().dtype(at::kDouble).requires_grad(false));
  for (const nn::Parameter* row : rows) {
    if (const double decay = loss_decay(*row, options); decay > 0) sum += 0.5 * decay * at::linalg_vector_norm(row->value, 2, {}, false, at::kDouble).square();
  }
  return sum;
}

Optimizer::Optimizer(nn::Parameters& parameters, const OptimOptions& options) : options_(options), trained_(parameters.trainable()) {
  for (const nn::Parameter* row : trained_) momentum_.push_back(at::zeros_like(row->value.detach()));
}

void Optimizer::step(double lr) {
  const at::NoGradGuard no_grad;
  const UpdateRule rule = rule_of(options_, lr);
  for (size_t i = 0; i < trained_.size(); ++i) {
    nn::Parameter& row = *trained_[i];
    Tensor& gradient = gradient_of(row);
    // LARS leaves out what the reference calls batch_normalization and bias
    if (options_.algorithm == Algorithm::kLars && row.kind == nn::Kind::kKernel) apply_trust_ratio(gradient, row.value, options_);
    update(row.value, momentum_[i], gradient, rule);
  }
}

std::vector<StateTensor> Optimizer::state() {
  std::vector<StateTensor> result;
  for (size_t i = 0; i < trained_.size(); ++i) result.push_back({.name = "momentum/" + trained_[i]->name, .value = momentum_[i]});
  return result;
}

}  // namespace fovea::optim
