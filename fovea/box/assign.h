// Which default box answers for which true box, and what the network has to say there.
#pragma once

#include "fovea/box/box.h"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace fovea::box {

/// Matches true boxes to default boxes (arXiv:1512.02325, section 2.2 "Matching strategy"; spec 3.4). A default box takes the true box with
/// the highest IoU, the lower index at equal ones, where that is at least `iou_min`. Then each true box claims its own best default box, the
/// lower index at equal ones, whatever the IoU; where several claim one, the lower true box has it.
///
/// truths   [G] corners, fractions of the picture; may be empty
/// anchors  [A] the same frame
/// iou_min  in (0, 1]
/// returns  [A] index into truths, or -1 for background
/// cost     O(A * G) time, O(A) memory
std::vector<int32_t> match(std::span<const Box> truths, std::span<const Box> anchors, float iou_min);

/// Offsets ty, tx, th, tw of a box against a default box.
using Offsets = std::array<float, 4>;

/// 10 (y - ya) / ha, 10 (x - xa) / wa, 5 ln(h / ha), 5 ln(w / wa) of centres and sizes, 1e-8 added to all four sizes (spec 3.4): the
/// variances 0.1 and 0.2 of SSD.
Offsets encode(const Box& box, const Box& anchor);

/// The box that `offsets` stand for: what encode() takes apart, without clipping to the picture (spec 3.8).
Box decode(const Offsets& offsets, const Box& anchor);

}  // namespace fovea::box
