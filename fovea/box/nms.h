// Of boxes that say the same, the one that is surest.
#pragma once

#include "fovea/box/box.h"

#include <cstdint>
#include <span>
#include <vector>

namespace fovea::box {

/// Greedy hard non-maximum suppression: from the first box on, each that is kept drops all later ones with IoU >= `iou_max` (spec 3.8).
///
/// boxes    [M] in descending order of their scores
/// iou_max  in (0, 1]
/// returns  indices of those kept, ascending
/// cost     O(M * kept)
std::vector<int32_t> suppress(std::span<const Box> boxes, float iou_max);

}  // namespace fovea::box
