// Pictures that the tests of this folder share, encoded and not.
#pragma once

#include "fovea/base/file.h"
#include "fovea/base/random.h"
#include "fovea/image/decode.h"

#include <cmath>
#include <cstdint>
#include <string>

namespace fovea::data {

/// A picture of one colour that depends on `kind`, so that different kinds differ in content.
inline image::Image plain_picture(int kind, int width = 12, int height = 8) {
  image::Image picture(width, height);
  for (size_t i = 0; i < picture.pixels.size(); ++i) picture.pixels[i] = static_cast<uint8_t>((kind * 37 + static_cast<int>(i % 3) * 50) % 256);
  return picture;
}

/// Smooth waves with some noise: what a photograph is like, so that JPEG and scaling have something to do.
inline image::Image test_picture(int width, int height) {
  image::Image picture(width, height);
  Random random(1, 0, 0, Purpose::kSynthetic);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < 3; ++c)
        picture.row(y)[x * 3 + c] = static_cast<uint8_t>(128 + 90 * std::sin(0.05 * x * (c + 1) + 0.03 * y) + random.uniform(-20, 20));
    }
  }
  return picture;
}

inline std::string jpeg(int kind) { return std::string(as_text(image::encode_jpeg(plain_picture(kind), 95))); }
inline std::string png(int kind) { return std::string(as_text(image::encode_png(plain_picture(kind)))); }

}  // namespace fovea::data
