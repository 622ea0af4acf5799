// Coloured shapes on a textured ground: functions of a seed.
#pragma once

#include "fovea/image/image.h"

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace fovea::data {

/// In the order of labels.
inline constexpr std::array<std::string_view, 8> kShapeNames{"bar", "circle", "crescent", "cross", "ring", "square", "star", "triangle"};

/// One shape of class `class_id` on a textured background, with its own place, size, turn and colours; edges are antialiased.
/// A function of (seed, picture); `picture` numbers all pictures of a set.
image::Image draw_shape(int64_t class_id, int64_t size, uint64_t seed, uint64_t picture);

/// Those that scenes have: circle, square, triangle.
inline constexpr std::array<int64_t, 3> kSceneShapes{1, 5, 7};

struct DrawnShape {
  int64_t class_id = 0;                   ///< in kShapeNames
  double x0 = 0, y0 = 0, x1 = 0, y1 = 0;  ///< the smallest box around it, pixels
  double area = 0;                        ///< square pixels
};

struct Scene {
  image::Image picture;
  std::vector<DrawnShape> shapes;
};

/// One to four shapes of kSceneShapes that do not overlap, in a picture whose sides are 200 to 300 pixels. A function of (seed, picture).
Scene draw_scene(uint64_t seed, uint64_t picture);

}  // namespace fovea::data
