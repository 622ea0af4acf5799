// A picture in memory: 8-bit RGB, rows from the top, no padding.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace fovea::image {

struct Size {
  int width = 0, height = 0;
  bool operator==(const Size&) const = default;
};

/// A rectangle of whole pixels: columns [x, x + width), rows [y, y + height).
struct Rect {
  int x = 0, y = 0, width = 0, height = 0;
  bool operator==(const Rect&) const = default;
};

/// [height, width, 3] uint8.
struct Image {
  int width = 0, height = 0;
  std::vector<uint8_t> pixels;

  Image() = default;
  Image(int w, int h) : width(w), height(h), pixels(static_cast<size_t>(w) * static_cast<size_t>(h) * 3) {}
  [[nodiscard]] uint8_t* row(int y) { return pixels.data() + static_cast<size_t>(y) * static_cast<size_t>(width) * 3; }
  [[nodiscard]] const uint8_t* row(int y) const { return pixels.data() + static_cast<size_t>(y) * static_cast<size_t>(width) * 3; }
  [[nodiscard]] Size size() const { return {width, height}; }
};

}  // namespace fovea::image
