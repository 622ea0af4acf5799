// Values for every tensor by a closed formula: tests/goldens/formula.py has the same, so that goldens need not hold weights.
#pragma once

#include "fovea/nn/parameters.h"

#include "tests/support/draws.h"

#include <cmath>

namespace fovea::test {

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
