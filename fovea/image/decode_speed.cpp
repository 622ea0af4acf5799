#include "fovea/image/decode_speed.h"

#include "fovea/base/random.h"
#include "fovea/image/decode.h"

#include <algorithm>
#include <chrono>

namespace fovea::image {

namespace {

/// Slopes of colour with grain on them: about as hard to decode as a photograph.
Image grainy_picture() {
  Image picture(500, 375);
  Random random(0, 0, 0, Purpose::kSynthetic);
  for (int y = 0; y < picture.height; ++y) {
    uint8_t* row = picture.row(y);
    for (int x = 0; x < picture.width; ++x) {
      const int grain = static_cast<int>(random.uniform() * 48) - 24;  // chosen: some 100 kB at quality 90
      for (int c = 0; c < 3; ++c) row[3 * x + c] = static_cast<uint8_t>(std::clamp(96 + (x * (c + 1) + 2 * y) / 12 + grain, 0, 255));
    }
  }
  return picture;
}

}  // namespace

DecodeSpeed jpeg_decode_speed(double seconds) {
  const Image picture = grainy_picture();
  const std::vector<std::byte> encoded = encode_jpeg(picture, 90);
  const Rect whole{.width = picture.width, .height = picture.height};
  Image target;
  decode_crop_into(encoded, whole, {}, target);  // the first one takes the memory
  int64_t count = 0;
  const auto begun = std::chrono::steady_clock::now();
  double elapsed = 0;
  do {
    decode_crop_into(encoded, whole, {}, target);
    ++count;
    elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  } while (elapsed < seconds);
  return {.size = picture.size(), .kilobytes = static_cast<double>(encoded.size()) / 1000, .pictures_per_second = static_cast<double>(count) / elapsed};
}

}  // namespace fovea::image
