// What other programs' networks are computed with: their files of weights do not say it.
#pragma once

#include "fovea/base/settings.h"
#include "fovea/model/variant.h"

#include <string_view>

namespace fovea::train {

enum class Maker {
  kTorchvision,  ///< and timm
  kReference,    ///< the TensorFlow programs
};
inline constexpr std::string_view kReferenceMaker = "reference";  ///< what export_weights writes for it

/// The few keys that change what the same tensors compute: padding, stem, projection, epsilon, mean and deviation of the pictures.
///
/// tensors  of the file, with our names; of the reference's, basic blocks without a projection in stage 1 are what a detector starts from
Settings usual_recipe(Maker maker, const model::TensorShapes& tensors);

}  // namespace fovea::train
