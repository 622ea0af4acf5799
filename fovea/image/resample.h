// Scaling of 8-bit pictures, SIMD with run-time dispatch: TensorFlow's legacy bilinear and crop_and_resize, antialiased bilinear and bicubic.
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

/// A rectangle between the centres of a picture's corner pixels, as fractions: 0 is the centre of the first row or column, 1 that of the last.
struct Window {
  float y0 = 0, x0 = 0, y1 = 1, x1 = 1;
};

/// The pixels of a picture that crop_and_resize looks at.
Rect crop_and_resize_region(Size picture, Window window, ResampleTarget target);

/// Scales a window so that its corners are the centres of the target's corner pixels, bilinear, without smoothing: TensorFlow's crop_and_resize
/// (spec 1.1); rounded to levels or not.
///
/// source  holds crop_and_resize_region(picture, window, target) in `region`; nothing outside is looked at
/// window  0 <= y0 <= y1 <= 1, and x0, x1 likewise
/// differs from TensorFlow: a sample that float32 rounding brings beyond the last pixel is that pixel; there it is black
void crop_and_resize(const Image& source, Rect region, Size picture, Window window, ResampleTarget target, uint8_t* pixels, int64_t row_stride_bytes);
void crop_and_resize(const Image& source, Rect region, Size picture, Window window, ResampleTarget target, float* pixels, int64_t row_stride_floats);

/// The whole picture into a new one.
Image resized(const Image& source, int width, int height, Filter filter);

}  // namespace fovea::image
