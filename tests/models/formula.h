// Values for every tensor by a closed formula: tests/goldens/formula.py has the same, so that goldens need not hold weights.
#pragma once

#include "fovea/nn/parameters.h"

#include <cmath>

namespace fovea::test {

/// `count` numbers in [-1, 1) that depend on the name and the element only: FNV-1a of the name, then MurmurHash3's 32-bit finaliser.
inline std::vector<double> draws(std::string_view name, int64_t count) {
  uint32_t key = 2166136261U;
  for (const char c : name) key = (key ^ static_cast<uint8_t>(c)) * 16777619U;
  std::vector<double> values;
  values.reserve(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) {
    uint32_t x = key + static_cast<uint32_t>(i) * 2654435769U;
    x = (x ^ (x >> 16)) * 0x85EBCA6BU;
    x = (x ^ (x >> 13)) * 0xC2B2AE35U;
    x ^= x >> 16;
    values.push_back(static_cast<double>(x) / 2147483648.0 - 1);
  }
  return values;
}

/// The rule that formula.py follows, and explains.
inline void fill(nn::Parameters& parameters) {
  for (nn::Parameter& p : parameters.all()) {
    const bool is_last = p.name.find(".bn3.") != std::string::npos;
    double centre = 0, scale = 0;
    switch (p.kind) {
      case nn::Kind::kKernel: scale = std::sqrt(3.0 / static_cast<double>(p.value.numel() / p.value.size(0))); break;
      case nn::Kind::kBias: scale = 0.1; break;
      case nn::Kind::kGamma: centre = is_last ? 0.25 : 1, scale = 0.25 * centre; break;
      case nn::Kind::kBeta: centre = is_last ? 0 : 2, scale = is_last ? 0.1 : 0.5; break;
      case nn::Kind::kStatistic: {
        const bool is_variance = p.name.ends_with("running_var");
        centre = is_variance ? 1 : 0, scale = is_variance ? 0.5 : 0.1;
        break;
      }
    }
    float* element = p.value.data_ptr<float>();
    for (const double u : draws(p.name, p.value.numel())) *element++ = static_cast<float>(centre + scale * u);
  }
}

}  // namespace fovea::test
