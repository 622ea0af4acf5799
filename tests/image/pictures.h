// Pictures that the tests of this folder share.
#pragma once

#include "fovea/base/file.h"
#include "fovea/base/random.h"
#include "fovea/image/decode.h"
#include "tests/support/errors.h"

#include <algorithm>
#include <string>
#include <vector>

namespace fovea::image {

using Bytes = std::vector<std::byte>;

/// A file of tests/goldens/images (made by tests/goldens/make_image_goldens.py).
inline Bytes golden_picture(const std::string& name) { return read_bytes(fs::path(FOVEA_SOURCE_DIR) / "tests/goldens/images" / name); }

/// Independent levels: every fault in a position or channel shows.
inline Image noise(int width, int height, uint64_t seed) {
  Image picture(width, height);
  Random random(seed, 0, 0, Purpose::kSynthetic);
  for (uint8_t& level : picture.pixels) level = static_cast<uint8_t>(random.integer(0, 255));
  return picture;
}

/// The same integers as pattern() in tests/goldens/make_resample_goldens.py and make_augment_goldens.py.
inline Image pattern(int width = 47, int height = 39) {
  Image picture(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < 3; ++c) picture.row(y)[3 * x + c] = static_cast<uint8_t>(64 + (x * 37 + y * 91 + c * 53 + x * y * (c + 1)) % 128);
    }
  }
  return picture;
}

/// The plain meaning of decode_crop.
inline Image cropped(const Image& picture, Rect area) {
  Image part(area.width, area.height);
  for (int y = 0; y < area.height; ++y) std::copy_n(picture.row(area.y + y) + area.x * 3, area.width * 3, part.row(y));
  return part;
}

using test::code_of;
using test::message_of;

/// `jpeg` with an APP1 segment "Exif" behind its start marker: one entry, the orientation, in either byte order.
inline Bytes with_exif(const Bytes& jpeg, int orientation, bool is_big_endian) {
  const std::string little{"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0o\0\0\0\0\0\0\0", 32};
  const std::string big{"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0o\0\0\0\0\0\0", 32};
  std::string segment = is_big_endian ? big : little;
  std::replace(segment.begin() + 6, segment.end(), 'o', static_cast<char>(orientation));
  segment.insert(0, std::string("\xFF\xE1\0\x22", 4));
  Bytes result = jpeg;
  const auto bytes = as_bytes(segment);
  result.insert(result.begin() + 2, bytes.begin(), bytes.end());
  return result;
}

}  // namespace fovea::image
