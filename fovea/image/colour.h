// Random changes of a picture's colours, SIMD with run-time dispatch.
#pragma once

#include <cstdint>

namespace fovea::image {

struct ColourJitter {
  float brightness = 0;  ///< added to every channel, as a share of the full range of 255 levels
  float contrast = 1;    ///< factor of the distance from the channel's mean
  float saturation = 1;  ///< factor of HSV's S, which stays at most 1
  float hue = 0;         ///< added to HSV's H, as a share of a turn; within [-1/2, 1/2]
};

/// Brightness, contrast, saturation, hue, in this order, nothing clamped between or after them: what TensorFlow's adjust_brightness, adjust_contrast,
/// adjust_saturation and adjust_hue make of float pictures, values outside the range included (spec 3.7, "Augmentation order", step 4).
///
/// levels  [pixels, 3] RGB, 0..255 on entry; changed in place, may leave that range
/// cost    two passes: one for the means, one for all four
void jitter_colours(float* levels, int64_t pixels, const ColourJitter& jitter);

}  // namespace fovea::image
