// Encoded pictures of several kinds for the tests of converting and checking.
#pragma once

#include "fovea/base/file.h"
#include "fovea/image/decode.h"

#include <cstdint>
#include <string>

namespace fovea::data {

/// A picture of one colour that depends on `kind`, so that different kinds differ in content.
inline image::Image plain_picture(int kind, int width = 12, int height = 8) {
  image::Image picture(width, height);
  for (size_t i = 0; i < picture.pixels.size(); ++i) picture.pixels[i] = static_cast<uint8_t>((kind * 37 + static_cast<int>(i % 3) * 50) % 256);
  return picture;
}

inline std::string jpeg(int kind) { return std::string(as_text(image::encode_jpeg(plain_picture(kind), 95))); }
inline std::string png(int kind) { return std::string(as_text(image::encode_png(plain_picture(kind)))); }

}  // namespace fovea::data
