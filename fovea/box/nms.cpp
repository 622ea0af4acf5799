#include "fovea/box/nms.h"

namespace fovea::box {

std::vector<int32_t> suppress(std::span<const Box> boxes, float iou_max) {
  std::vector<int32_t> kept;
  for (size_t i = 0; i < boxes.size(); ++i) {
    const bool is_new = std::none_of(kept.begin(), kept.end(), [&](int32_t k) { return iou(boxes[static_cast<size_t>(k)], boxes[i]) >= iou_max; });
    if (is_new) kept.push_back(static_cast<int32_t>(i));
  }
  return kept;
}

}  // namespace fovea::box
