// ResNet v1.5 and ResNeXt as classifiers: the backbone, its mean over the picture, and a dense layer.
#pragma once

#include "fovea/model/model.h"

namespace fovea::model {

/// options.name is one of the backbone's variants. Tensor names are torchvision's: the backbone's, and fc.
std::unique_ptr<Model> make_resnet(const ModelOptions& options, const ModelFacts& facts);

}  // namespace fovea::model
