// Rectangles with float corners, and what is measured between two of them. No picture and no tensor is known here.
#pragma once

#include <algorithm>

namespace fovea::box {

/// Corners y0, x0, y1, x1: in pixels, or as fractions of the picture, as its owner says. Valid: y0 <= y1 and x0 <= x1.
struct Box {
  float y0 = 0, x0 = 0, y1 = 0, x1 = 0;
  [[nodiscard]] float height() const { return y1 - y0; }
  [[nodiscard]] float width() const { return x1 - x0; }
  [[nodiscard]] float area() const { return height() * width(); }
  [[nodiscard]] float centre_y() const { return y0 + height() / 2; }
  [[nodiscard]] float centre_x() const { return x0 + width() / 2; }
  bool operator==(const Box&) const = default;
};

inline Box intersection(const Box& a, const Box& b) {
  return {.y0 = std::max(a.y0, b.y0), .x0 = std::max(a.x0, b.x0), .y1 = std::min(a.y1, b.y1), .x1 = std::min(a.x1, b.x1)};
}

/// Area of the intersection, 0 where there is none.
inline float shared_area(const Box& a, const Box& b) {
  const Box both = intersection(a, b);
  return std::max(0.0F, both.height()) * std::max(0.0F, both.width());
}

/// Intersection over union, no pixel added (spec 3.4); 0 when the intersection is 0, also of boxes without area.
inline float iou(const Box& a, const Box& b) {
  const float both = shared_area(a, b);
  return both > 0 ? both / (a.area() + b.area() - both) : 0.0F;
}

/// Does the box's centre lie strictly inside `frame`?
inline bool is_centre_inside(const Box& box, const Box& frame) {
  return box.centre_y() > frame.y0 && box.centre_y() < frame.y1 && box.centre_x() > frame.x0 && box.centre_x() < frame.x1;
}

}  // namespace fovea::box
