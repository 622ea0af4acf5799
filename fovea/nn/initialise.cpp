#include "fovea/nn/initialise.h"

#include "fovea/base/random.h"

#include <ATen/Functions.h>
#include <ATen/Parallel.h>

#include <cmath>

namespace fovea::nn {
namespace {

/// FNV-1a (Fowler, Noll, Vo), 32 bits: a name as a number that never changes between builds.
uint32_t name_key(std::string_view name) {
  uint32_t key = 2166136261U;
  for (const char c : name) key = (key ^ static_cast<uint8_t>(c)) * 16777619U;
  return key;
}

}  // namespace

Tensor initial_kernel(const std::vector<int64_t>& shape, std::string_view name, const InitialiseOptions& options) {
  FOVEA_CHECK(shape.size() == 2 || shape.size() == 4, "a kernel has 2 or 4 axes, not {}", shape.size());
  if (!options.seed) return at::zeros(shape);
  const int64_t area = shape.size() == 4 ? shape[2] * shape[3] : 1;
  const auto fan_in = static_cast<double>(shape[1] * area), fan_out = static_cast<double>(shape[0] * area);
  constexpr double kTruncated = 0.87962566103423978;  // deviation of N(0, 1) cut at +-2, spec 1.2
  Tensor kernel = at::empty(shape);
  auto* values = kernel.data_ptr<float>();
  constexpr int64_t kChunk = 4096;  // draws of one stream; part of the definition: changing it changes every first value
  const int64_t size = kernel.numel();
  at::parallel_for(0, (size + kChunk - 1) / kChunk, 1, [&](int64_t begin, int64_t end) {
    for (int64_t chunk = begin; chunk < end; ++chunk) {
      Random random(*options.seed, name_key(name), static_cast<uint64_t>(chunk), Purpose::kInitialise);
      for (int64_t i = chunk * kChunk; i < std::min(size, (chunk + 1) * kChunk); ++i) {
        double value = 0;
        switch (options.distribution) {
          case Distribution::kVarianceScaling: value = random.truncated_normal() * std::sqrt(1 / fan_in) / kTruncated; break;
          case Distribution::kHeNormal: value = random.truncated_normal() * std::sqrt(2 / fan_in) / kTruncated; break;
          case Distribution::kGlorotUniform: {
            const double limit = std::sqrt(6 / (fan_in + fan_out));
            value = random.uniform(-limit, limit);
            break;
          }
          case Distribution::kNormal: value = random.normal() * options.std; break;
        }
        values[i] = static_cast<float>(value);
      }
    }
  });
  return kernel;
}

}  // namespace fovea::nn
