// The errors of a detector in one picture, drawn for people.
#pragma once

#include "fovea/image/image.h"
#include "fovea/metrics/detection.h"

#include <functional>

namespace fovea::train {

/// Draws on a picture, whose size is the share `scale` of the original's: truths as white dashes, those that were missed as red ones with their class; right
/// detections as green frames; wrong ones as orange frames with class, score and kind of error, the surest on top. Detections below the least score that
/// counts are left out. Keeps copies of the boxes: valid without the scores.
std::function<void(image::Image& picture, double scale)> error_drawing(const metrics::DetectionScores& scores, int64_t image_id);

}  // namespace fovea::train
