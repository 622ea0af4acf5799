// From scores and boxes of every default box to the few detections of a picture.
#pragma once

#include "fovea/box/box.h"

#include <cstdint>
#include <span>
#include <vector>

namespace fovea::box {

struct Detection {
  Box box;               ///< in the frame of the boxes given
  float score = 0;       ///< probability
  int64_t class_id = 0;  ///< column of the scores: 1 to K
};

/// The reference's numbers (spec 3.8).
struct DetectOptions {
  int64_t per_class = 200;  ///< candidates of one class before suppression
  float score_min = 0.05F;  ///< a candidate's score is above it
  float iou_max = 0.5F;     ///< of two boxes of one class with this IoU or more the weaker goes
  int64_t per_image = 200;  ///< detections of a picture
};

/// Per class: the candidates with the highest scores, suppressed; then the best of all classes. Boxes that are not finite are left out.
///
/// scores   [A, 1 + K] row-major probabilities; column 0 is the background
/// boxes    [A]
/// returns  descending by score; at equal scores the lower class, then the lower default box, first
std::vector<Detection> detect(std::span<const float> scores, std::span<const Box> boxes, const DetectOptions& options);

}  // namespace fovea::box
