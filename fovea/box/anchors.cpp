#include "fovea/box/anchors.h"

#include <cmath>

namespace fovea::box {

std::vector<AnchorLevel> ssd300_levels() {
  return {
      {.size = 38, .step = 8, .scale = 21, .next_scale = 45, .ratios = {2}},      {.size = 19, .step = 16, .scale = 45, .next_scale = 99, .ratios = {2, 3}},
      {.size = 10, .step = 32, .scale = 99, .next_scale = 153, .ratios = {2, 3}}, {.size = 5, .step = 64, .scale = 153, .next_scale = 207, .ratios = {2, 3}},
      {.size = 3, .step = 100, .scale = 207, .next_scale = 261, .ratios = {2}},   {.size = 1, .step = 300, .scale = 261, .next_scale = 315, .ratios = {2}},
  };
}

std::vector<Box> default_boxes(std::span<const AnchorLevel> levels, double image_size) {
  struct Shape {
    double width, height;
  };
  const auto unit = [](double value) { return std::clamp(value, 0.0, 1.0); };
  std::vector<Box> boxes;
  for (const AnchorLevel& level : levels) {
    const double small = level.scale / image_size, large = level.next_scale / image_size, middle = std::sqrt(small * large);
    std::vector<Shape> shapes{{small, small}, {middle, middle}};
    for (const double ratio : level.ratios) {
      const double root = std::sqrt(ratio);
      shapes.insert(shapes.end(), {{small * root, small / root}, {small / root, small * root}});
    }
    for (int64_t row = 0; row < level.size; ++row) {
      for (int64_t column = 0; column < level.size; ++column) {
        const double y = unit((static_cast<double>(row) + 0.5) * level.step / image_size),
                     x = unit((static_cast<double>(column) + 0.5) * level.step / image_size);
        for (const Shape& shape : shapes) {
          const double h = unit(shape.height) / 2, w = unit(shape.width) / 2;
          boxes.push_back({.y0 = static_cast<float>(y - h), .x0 = static_cast<float>(x - w), .y1 = static_cast<float>(y + h), .x1 = static_cast<float>(x + w)});
        }
      }
    }
  }
  return boxes;
}

}  // namespace fovea::box
