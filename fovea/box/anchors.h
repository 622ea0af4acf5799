// Default boxes: where a detector looks, level by level of its feature maps.
#pragma once

#include "fovea/box/box.h"

#include <cstdint>
#include <span>
#include <vector>

namespace fovea::box {

/// One feature map of an SSD (arXiv:1512.02325, section 2.2 "Choosing scales and aspect ratios").
struct AnchorLevel {
  int64_t size = 0;            ///< cells of one side
  double step = 0;             ///< pixels of the network's input from cell to cell
  double scale = 0;            ///< side of the first square, pixels
  double next_scale = 0;       ///< the second square's side is the geometric mean of both
  std::vector<double> ratios;  ///< r gives two boxes, sqrt(r) times as wide and as high
  [[nodiscard]] int64_t shapes() const { return 2 + 2 * static_cast<int64_t>(ratios.size()); }
};

/// The six levels of SSD at 300 pixels (spec 3.3): sides 38, 19, 10, 5, 3, 1.
std::vector<AnchorLevel> ssd300_levels();

/// The default boxes of all levels in the order level, row, column, shape (both squares, then for each ratio the wide one and the high one);
/// centre and size are clipped to [0, 1] one by one, corners are not (spec 3.3). Computed in float64, rounded once.
///
/// image_size  side of the network's input, pixels
/// returns     fractions of the picture; for ssd300_levels() and 300 pixels: 8,732
std::vector<Box> default_boxes(std::span<const AnchorLevel> levels, double image_size);

}  // namespace fovea::box
