// First values of kernels (spec 1.2): a pure function of (seed, name, element), the same for any number of threads.
#pragma once

#include "fovea/tensor/tensor.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace fovea::nn {

enum class Distribution {
  kVarianceScaling,  ///< truncated normal at 2 sigma, sigma = sqrt(1 / fan_in) / 0.87962566
  kHeNormal,         ///< the same with sqrt(2 / fan_in)
  kGlorotUniform,    ///< U(-l, l), l = sqrt(6 / (fan_in + fan_out))
  kNormal,           ///< N(0, std)
};

struct InitialiseOptions {
  Distribution distribution = Distribution::kVarianceScaling;
  double std = 0;                    ///< of kNormal
  std::optional<uint64_t> seed = 0;  ///< none: zeros, for a network whose values are read from elsewhere (draws take longer than small pictures)
};

/// shape   [out, in / groups, k, k], or [out, in] for a dense kernel; fan_in = the product of all but the first, fan_out = out * k * k
/// name    keys the draws, so that adding a layer leaves the others' values as they were
Tensor initial_kernel(const std::vector<int64_t>& shape, std::string_view name, const InitialiseOptions& options);

}  // namespace fovea::nn
