// A convolution with float32 weights whose weight gradient takes the faster of two ways.
#pragma once

#include "fovea/kernels/context.h"

#include <array>

namespace fovea::kernels {

struct ConvolutionOptions {
  int64_t stride = 1;
  std::array<int64_t, 2> padding{};  ///< on both sides of rows and of columns
};

/// The convolution of `x` with `weight` and `bias` cast to its type; the weight gradient is rounded to bfloat16 and kept as float32.
///
/// LibTorch's weight gradient (oneDNN's) is 1.6 to 8 times slower than one matrix product where a kernel has one tap or a map has few
/// pixels (docs/benchmarks.md, "Weight gradients"); there this is the product of the output's gradient with the patches of the input.
///
/// x       [N, in, H, W] bfloat16, channels-last, on the CPU
/// weight  [out, in, k, k] float32
/// bias    [out] float32, or undefined
/// returns [N, out, H', W'] like x
Tensor convolution(const Tensor& x, const Tensor& weight, const Tensor& bias, const ConvolutionOptions& options);

/// Does `convolution` gain anything for this input? (Training in bfloat16 on a processor that multiplies matrices of it fast.)
bool convolution_takes(const Tensor& x);

}  // namespace fovea::kernels
