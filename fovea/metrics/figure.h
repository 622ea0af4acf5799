// A named number of an evaluation.
#pragma once

#include <string_view>

namespace fovea::metrics {

struct Figure {
  std::string_view name;  ///< as in metrics.json and in tags: "top1", "AP50"
  double value = 0;
};

}  // namespace fovea::metrics
