// ResNet v1.5 (arXiv:1512.03385, stride in the 3x3) and ResNeXt (arXiv:1611.05431): one family, variants as rows of numbers.
#pragma once

#include "fovea/model/model.h"

namespace fovea::model {

/// options.name is one of the family's names. Tensor names are torchvision's: conv1, bn1, layer1.0.conv1, layer1.0.downsample.0, fc.
std::unique_ptr<Model> make_resnet(const ModelOptions& options, const ModelFacts& facts);

}  // namespace fovea::model
