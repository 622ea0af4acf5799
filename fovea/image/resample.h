// Scaling of 8-bit pictures, SIMD with run-time dispatch: the reference's legacy bilinear, and antialiased bilinear and bicubic.
#pragma once

#include "fovea/image/image.h"

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace fovea::image {

enum class Filter {
  kLegacyBilinear,  ///< TF 1.x: x_src = x_dst * in / out, no half-pixel offset, no antialias (spec 1.1)
  kBilinear,        ///< half-pixel centres, triangle widened by the scale when shrinking (as Pillow's BILINEAR)
  kBicubic,         ///< the same with Keys' cubic, a = -0.5 (as Pillow's BICUBIC)
};
inline constexpr std::array<std::string_view, 3> kFilterNames{"legacy_bilinear", "bilinear", "bicubic"};
constexpr const auto& enum_names(Filter) { return kFilterNames; }

/// Scales `region` of `source` to width x height, writing RGB rows from `target` on (row_stride bytes apart); mirrored left-right when
/// asked, at no cost. Values are rounded to the nearest level (half up) and clamped.
///
/// region  inside source; pixels outside it are never looked at (edges replicate), as if it had been cropped first
/// threads safe; scratch memory is kept per thread
struct ResampleTarget {
  int width = 0, height = 0;
  bool mirror = false;
};
void resample(const Image& source, Rect region, Filter filter, ResampleTarget target, uint8_t* pixels, int64_t row_stride_bytes);

/// The same without rounding: float levels 0..255 (bicubic may leave that range).
void resample_float(const Image& source, Rect region, Filter filter, ResampleTarget target, float* pixels, int64_t row_stride_floats);

/// The whole picture into a new one.
Image resized(const Image& source, int width, int height, Filter filter);

}  // namespace fovea::image
