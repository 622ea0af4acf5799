// Why detections hit nothing: what would have to be read otherwise for them to fit.
#pragma once

#include "fovea/io/coco_json.h"
#include "fovea/metrics/coco_scores.h"

#include <span>
#include <string>
#include <vector>

namespace fovea::metrics {

/// Is AP so low that its cause is more likely in the data than in the network? There must be ground truth.
bool is_near_zero(const CocoResult& result);

enum class DetectionSource {
  kFile,     ///< a results file: it may have been written otherwise
  kNetwork,  ///< a network: what it was trained on, here or elsewhere, may differ from the data that it is scored on
};

/// Tells in sentences how many detections there are and how near they come to the truths, then, the likely cause first, what was found by trying other
/// readings of the boxes (order, corners, centres, fractions of the picture) and of the category ids on the first pictures with truths (at most a thousand).
std::vector<std::string> diagnose_coco(const io::CocoInstances& instances, std::span<const io::CocoDetection> detections, DetectionSource source);

}  // namespace fovea::metrics
