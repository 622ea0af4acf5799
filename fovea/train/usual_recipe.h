// What other programs' networks are computed with: their files of weights do not say it.
#pragma once

#include "fovea/base/settings.h"
#include "fovea/model/variant.h"

namespace fovea::train {

enum class Maker {
  kTorchvision,  ///< and timm
  kReference,    ///< the TensorFlow programs
};

/// The few keys that change what the same tensors compute: padding, stem, projection, epsilon, mean and deviation of the pictures.
///
/// tensors  of the file, with our names; of the reference's, basic blocks without a projection in stage 1 are a detector's or what one starts from
Settings usual_recipe(Maker maker, const model::TensorShapes& tensors);

}  // namespace fovea::train
