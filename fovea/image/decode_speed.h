// How fast one core decodes JPEGs here: a short measurement on a picture made for it.
#pragma once

#include "fovea/image/image.h"

namespace fovea::image {

struct DecodeSpeed {
  Size size;
  double kilobytes = 0;  ///< of the encoded picture
  double pictures_per_second = 0;
};

/// Decodes a JPEG of the size and weight that ImageNet's have on average (500x375 pixels, some 100 kB) on the calling thread again and again, for about
/// this long.
DecodeSpeed jpeg_decode_speed(double seconds);

}  // namespace fovea::image
