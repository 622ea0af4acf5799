#include "fovea/box/assign.h"

#include <cmath>

namespace fovea::box {
namespace {

constexpr float kEpsilon = 1e-8F;   // spec 3.4: added to sizes before they are divided by or taken the logarithm of
constexpr float kCentreScale = 10;  // 1 / variance 0.1
constexpr float kSizeScale = 5;     // 1 / variance 0.2

}  // namespace

std::vector<int32_t> match(std::span<const Box> truths, std::span<const Box> anchors, float iou_min) {
  std::vector<int32_t> matches(anchors.size(), -1);
  std::vector<float> best(anchors.size(), -1);
  std::vector<size_t> claims(truths.size(), 0);
  for (size_t g = 0; g < truths.size(); ++g) {
    float own_best = -1;
    for (size_t a = 0; a < anchors.size(); ++a) {
      const float overlap = iou(truths[g], anchors[a]);
      if (overlap > own_best) {
        own_best = overlap;
        claims[g] = a;
      }
      if (overlap > best[a]) {  // strictly: the lower index stays at equal ones
        best[a] = overlap;
        matches[a] = overlap >= iou_min ? static_cast<int32_t>(g) : -1;
      }
    }
  }
  for (size_t g = truths.size(); g-- > 0;) matches[claims[g]] = static_cast<int32_t>(g);  // the lowest comes last and stays
  return matches;
}

Offsets encode(const Box& box, const Box& anchor) {
  const float ha = anchor.height() + kEpsilon, wa = anchor.width() + kEpsilon, h = box.height() + kEpsilon, w = box.width() + kEpsilon;
  return {kCentreScale * ((box.centre_y() - anchor.centre_y()) / ha), kCentreScale * ((box.centre_x() - anchor.centre_x()) / wa), kSizeScale * std::log(h / ha),
          kSizeScale * std::log(w / wa)};
}

Box decode(const Offsets& offsets, const Box& anchor) {
  const float y = offsets[0] / kCentreScale * anchor.height() + anchor.centre_y(), x = offsets[1] / kCentreScale * anchor.width() + anchor.centre_x();
  const float h = std::exp(offsets[2] / kSizeScale) * anchor.height() / 2, w = std::exp(offsets[3] / kSizeScale) * anchor.width() / 2;
  return {.y0 = y - h, .x0 = x - w, .y1 = y + h, .x1 = x + w};
}

}  // namespace fovea::box
