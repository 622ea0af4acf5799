// From bytes to what the network computes with: mixing, mean and deviation, precision and layout in one pass.
#pragma once

#include "fovea/tensor/tensor.h"

#include <array>

namespace fovea::kernels {

struct PixelScale {
  std::array<float, 3> mean{};  ///< levels 0..255, RGB
  std::array<float, 3> std{1, 1, 1};
};

/// out = (mixed - mean) / std, mixed = lambda * row + (1 - lambda) * partner row, partners being rows 2k and 2k + 1.
///
/// images   [N, H, W, 3] uint8 or float32 levels 0..255
/// lambda   [N] float32, or undefined for no mixing; then N must be even
/// returns  [N, 3, H, W] channels-last in the precision
Tensor normalize(const Tensor& images, const Tensor& lambda, const PixelScale& scale, Precision precision);

}  // namespace fovea::kernels
