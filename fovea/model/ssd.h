// SSD at 300 pixels (arXiv:1512.02325) on three stages of a ResNet: maps of six sizes, each with a head for the classes and one for the boxes.
#pragma once

#include "fovea/model/model.h"

namespace fovea::model {

/// options.name is "ssd_" and one of the backbone's variants. The backbone has torchvision's tensor names; the extra layers are called
/// extra.0.conv1 to extra.4.conv2, the heads class.0 to class.5 and box.0 to box.5, finest map first.
std::unique_ptr<Model> make_ssd(const ModelOptions& options, const ModelFacts& facts);

/// The values that make ssd_resnet34 the network of spec 3.1: padding that is the same on both sides wherever the stride is 2, but SAME for
/// the pooling; no projection in stage 1; blocks that start as the identity.
ModelOptions ssd_options();

}  // namespace fovea::model
