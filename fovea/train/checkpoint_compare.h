// Two checkpoints compared tensor by tensor, and several averaged into one.
#pragma once

#include "fovea/base/file.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::train {

struct TensorDifference {
  std::string name;
  int64_t elements = 0;
  int64_t different = 0;  ///< elements that are not the same number
  double max_abs = 0;     ///< largest absolute difference; infinite when one side is not a number
};

struct CheckpointDifference {
  std::vector<TensorDifference> tensors;  ///< in both, of one shape, by name
  std::vector<std::string> only_first;
  std::vector<std::string> only_second;
  std::vector<std::string> shape_differs;   ///< "fc.weight: [10, 512] and [100, 512]"
  std::vector<std::string> recipe_changes;  ///< "optim.lr: 0.1 -> 0.2"
  [[nodiscard]] bool same_tensors() const;  ///< every tensor on both sides and equal in every element
};

/// part: "model", "ema" or "optim". throws as load_checkpoint; kMissing when one has no such part
CheckpointDifference checkpoint_difference(const fs::path& first, const fs::path& second, std::string_view part = "model");

/// Writes to `target` a checkpoint whose float tensors are the means over `folders` (summed in float64), model and, where all have it, ema;
/// whole numbers and the state come from the one with the highest step. It can be evaluated and applied, not continued.
/// throws   kUsage for fewer than two; kData when names, shapes, model or classes differ; kCannotCreate when `target` exists
void average_checkpoints(std::span<const fs::path> folders, const fs::path& target);

}  // namespace fovea::train
