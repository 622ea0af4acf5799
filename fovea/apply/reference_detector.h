// A whole SSD in a checkpoint of TensorFlow, as the reference program leaves it, to be scored as it is.
#pragma once

#include "fovea/apply/trained_model.h"

namespace fovea::apply {

/// The network with the recipe ssd-resnet34. A checkpoint of TensorFlow names no classes and no ids: identity.classes and class_ids are empty, and output k
/// is the k-th class of the reference's data by ascending id (spec 3.4), output 0 the background.
///
/// path     as io::find_tf_bundle takes it
/// options  weights must be empty and pick kBest: there is one kind, and one checkpoint
/// throws   kUsage (a choice of either), kMissing, kIo; kData when it is damaged, of another network, or no detector
TrainedModel load_reference_detector(const fs::path& path, const TrainedModelOptions& options, Log& log);

}  // namespace fovea::apply
