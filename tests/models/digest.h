// A tensor against the few numbers that a golden keeps of it.
#pragma once

#include "fovea/io/json.h"
#include "fovea/tensor/tensor.h"

#include "tests/support/draws.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

namespace fovea::test {

struct DigestLimits {
  double share;  ///< of the tensor's norm
  double floor;  ///< added to the norm: biases before a norm have gradients that cancel, and rounding remains
};

/// golden: norm, product with the draws of NAME/probe, elements 0, n / 3 and n - 1. The product sees every element; one element alone may
/// carry the rounding of many, so it is measured against the tensor's usual element.
inline void expect_digest(const std::string& name, const Tensor& tensor, const io::Json& golden, const DigestLimits& limits) {
  SCOPED_TRACE(name);
  ASSERT_TRUE(tensor.defined());
  const Tensor flat = tensor.detach().to(at::kDouble).contiguous().view({-1});
  const int64_t n = flat.numel();
  const auto expected = golden.get<std::vector<double>>();
  const double norm = expected[0], room = limits.share * (norm + limits.floor);
  EXPECT_NEAR(flat.norm().item<double>(), norm, room);
  EXPECT_NEAR(flat.dot(at::tensor(draws(name + "/probe", n))).item<double>(), expected[1], room);
  const std::array<int64_t, 3> places{0, n / 3, n - 1};
  for (size_t i = 0; i < places.size(); ++i) {
    EXPECT_NEAR(flat[places[i]].item<double>(), expected[i + 2], 10 * room / std::sqrt(static_cast<double>(n))) << "element " << places[i];
  }
}

}  // namespace fovea::test
