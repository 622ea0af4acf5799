// Why detections hit nothing: what would have to be read otherwise for them to fit.
#pragma once

#include "fovea/io/coco_json.h"

#include <span>
#include <string>
#include <vector>

namespace fovea::metrics {

/// Tries other readings of the boxes (order, corners, centres, fractions of the picture) and of the category ids on the first pictures with truths
/// (at most a thousand), and tells in sentences what was found, the likely cause first.
std::vector<std::string> diagnose_coco(const io::CocoInstances& instances, std::span<const io::CocoDetection> detections);

}  // namespace fovea::metrics
