// Batch norm, then an optional residual, then an optional ReLU: one differentiable function in four passes over memory instead of nine.
#pragma once

#include "fovea/kernels/context.h"

namespace fovea::kernels {

struct NormActOptions {
  double momentum = 0.997;
  double epsilon = 1e-5;
  bool unbiased_moving_variance = true;
  bool relu = true;
};

/// y = act((x - mean) / sqrt(var + epsilon) * gamma + beta + residual) with the statistics of the batch; moves the moving ones.
///
/// x         [N, C, H, W] float32 or bfloat16, channels-last, on the CPU
/// gamma, beta, moving_mean, moving_variance  [C] float32
/// residual  like x, or undefined
/// reducer   sums statistics (and their gradients) over ranks; null for one process
Tensor norm_act(const Tensor& x, const Tensor& gamma, const Tensor& beta, const Tensor& moving_mean, const Tensor& moving_variance, const Tensor& residual,
                const NormActOptions& options, StatisticsReducer* reducer);

/// Can norm_act take this tensor? (Training on the CPU, channels-last, float32 or bfloat16.)
bool norm_act_takes(const Tensor& x);

}  // namespace fovea::kernels
