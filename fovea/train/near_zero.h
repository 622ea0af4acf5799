// Why a detector finds nothing: said at the end of its training, and when it is scored.
#pragma once

#include "fovea/base/log.h"
#include "fovea/metrics/scores.h"

#include <cstdint>
#include <string>
#include <vector>

namespace fovea::train {

/// Steps below which an AP near zero tells nothing yet. Chosen: SSD-ResNet34 on 292 pictures is at 0.28 after 72 steps, and a hard set may well take some times
/// as many.
inline constexpr int64_t kFewSteps = 500;

/// Sentences, the score first; none when AP is not near zero (metrics/coco_diagnosis.h), and for a classifier.
///
/// step  that the network was trained to; few are named as a reason. 0: it was trained elsewhere, and steps are not spoken of
std::vector<std::string> near_zero_reasons(const metrics::Scores& scores, int64_t step);

/// The same as warnings, for the end of a training and for each of many checkpoints; nothing after few steps.
void warn_of_near_zero(const metrics::Scores& scores, int64_t step, Log& log);

}  // namespace fovea::train
