// Comparing tensors with one table of tolerances.
#pragma once

#include "fovea/tensor/tensor.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

namespace fovea::test {

/// Largest |a - b| divided by (1 + largest |b|).
inline double relative_error(const Tensor& a, const Tensor& b) {
  const Tensor x = a.detach().to(at::kDouble), y = b.detach().to(at::kDouble);
  return ((x - y).abs().max() / (1 + y.abs().max())).item<double>();
}

/// |a - b| / |b| over the whole tensor: for gradients in bfloat16, where a rounding may switch single ReLUs.
inline double relative_norm_error(const Tensor& a, const Tensor& b) {
  const Tensor x = a.detach().to(at::kDouble), y = b.detach().to(at::kDouble);
  return ((x - y).norm() / (1e-12 + y.norm())).item<double>();
}

/// float32: sums of some thousand terms in another order. bfloat16: 8 bits of mantissa, and roundings that fall the other way.
inline double tolerance(Precision precision) { return precision == Precision::kFloat32 ? 2e-5 : 2e-2; }

inline void expect_close(const Tensor& actual, const Tensor& expected, double limit, const char* what) {
  ASSERT_TRUE(actual.defined()) << what;
  ASSERT_EQ(actual.sizes(), expected.sizes()) << what;
  EXPECT_LE(relative_error(actual, expected), limit) << what;
}

}  // namespace fovea::test
