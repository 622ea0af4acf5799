#include "fovea/image/resample.h"

#include "fovea/base/error.h"

// Highway compiles this file once per instruction set: what stands between HWY_BEFORE_NAMESPACE and HWY_AFTER_NAMESPACE exists in every
// version, the rest once (HWY_ONCE). The layout of includes is Highway's.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "fovea/image/resample.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>
#include <vector>

HWY_BEFORE_NAMESPACE();
namespace fovea::image {
namespace HWY_NAMESPACE {  // NOLINT

namespace hn = hwy::HWY_NAMESPACE;

/// out[i] = sum over k of weights[k] * rows[k][i] for i < size.
void blend_rows(const uint8_t* const* rows, const float* weights, int taps, int64_t size, float* out) {
  const hn::ScalableTag<float> f;
  const hn::Rebind<int32_t, decltype(f)> i32;
  const hn::Rebind<uint8_t, decltype(f)> u8;
  const auto lanes = static_cast<int64_t>(hn::Lanes(f));
  const auto load = [&](const uint8_t* from) HWY_ATTR { return hn::ConvertTo(f, hn::PromoteTo(i32, hn::LoadU(u8, from))); };
  int64_t i = 0;
  for (; i + 4 * lanes <= size; i += 4 * lanes) {
    auto sum0 = hn::Zero(f), sum1 = sum0, sum2 = sum0, sum3 = sum0;
    for (int k = 0; k < taps; ++k) {
      const auto weight = hn::Set(f, weights[k]);
      const uint8_t* row = rows[k] + i;
      sum0 = hn::MulAdd(weight, load(row), sum0);
      sum1 = hn::MulAdd(weight, load(row + lanes), sum1);
      sum2 = hn::MulAdd(weight, load(row + 2 * lanes), sum2);
      sum3 = hn::MulAdd(weight, load(row + 3 * lanes), sum3);
    }
    hn::StoreU(sum0, f, out + i);
    hn::StoreU(sum1, f, out + i + lanes);
    hn::StoreU(sum2, f, out + i + 2 * lanes);
    hn::StoreU(sum3, f, out + i + 3 * lanes);
  }
  for (; i + lanes <= size; i += lanes) {
    auto sum = hn::Zero(f);
    for (int k = 0; k < taps; ++k) sum = hn::MulAdd(hn::Set(f, weights[k]), load(rows[k] + i), sum);
    hn::StoreU(sum, f, out + i);
  }
  for (; i < size; ++i) {
    float sum = 0;
    for (int k = 0; k < taps; ++k) sum += weights[k] * static_cast<float>(rows[k][i]);
    out[i] = sum;
  }
}

/// out pixel p = sum over k of weights[p * taps + k] * in pixel (first[p] + k). Four floats are read and written for each pixel of three:
/// the fourth is overwritten by the next pixel, and both rows have a float to spare at the end.
template <int kTaps>
void blend_columns_of(const float* in, const int* first, const float* weights, int taps, int pixels, float* out) {
  const hn::CappedTag<float, 4> f;
  const int count = kTaps > 0 ? kTaps : taps;
  for (int p = 0; p < pixels; ++p) {
    const float* from = in + 3 * static_cast<int64_t>(first[p]);
    const float* weight = weights + static_cast<int64_t>(p) * count;
    auto sum = hn::Mul(hn::Set(f, weight[0]), hn::LoadU(f, from));
    for (int k = 1; k < count; ++k) sum = hn::MulAdd(hn::Set(f, weight[k]), hn::LoadU(f, from + 3 * k), sum);
    hn::StoreU(sum, f, out + 3 * static_cast<int64_t>(p));
  }
}

void blend_columns(const float* in, const int* first, const float* weights, int taps, int pixels, float* out) {
  switch (taps) {
    case 2: return blend_columns_of<2>(in, first, weights, taps, pixels, out);
    case 3: return blend_columns_of<3>(in, first, weights, taps, pixels, out);
    case 4: return blend_columns_of<4>(in, first, weights, taps, pixels, out);
    case 5: return blend_columns_of<5>(in, first, weights, taps, pixels, out);
    case 6: return blend_columns_of<6>(in, first, weights, taps, pixels, out);
    case 7: return blend_columns_of<7>(in, first, weights, taps, pixels, out);
    case 8: return blend_columns_of<8>(in, first, weights, taps, pixels, out);
    default: return blend_columns_of<0>(in, first, weights, taps, pixels, out);
  }
}

/// Levels rounded half up and clamped to 0..255.
void round_levels(const float* in, int64_t size, uint8_t* out) {
  const hn::ScalableTag<float> f;
  const hn::Rebind<int32_t, decltype(f)> i32;
  const hn::Rebind<uint8_t, decltype(f)> u8;
  const auto lanes = static_cast<int64_t>(hn::Lanes(f));
  const auto half = hn::Set(f, 0.5F);
  int64_t i = 0;
  // Truncation is rounding down here: what lies below zero ends at zero anyway.
  for (; i + lanes <= size; i += lanes) hn::StoreU(hn::DemoteTo(u8, hn::ConvertTo(i32, hn::Add(hn::LoadU(f, in + i), half))), u8, out + i);
  for (; i < size; ++i) out[i] = static_cast<uint8_t>(std::clamp(in[i] + 0.5F, 0.0F, 255.0F));
}

}  // namespace HWY_NAMESPACE
}  // namespace fovea::image
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fovea::image {
HWY_EXPORT(blend_rows);
HWY_EXPORT(blend_columns);
HWY_EXPORT(round_levels);

namespace {

/// What each output position along one axis reads: `taps` inputs from first[p] on, with weights[p * taps + k]; padded with zero weights.
struct Axis {
  int taps = 0;
  std::vector<int> first;
  std::vector<float> weights;
};

/// TF 1.x ResizeBilinear without half-pixel centres (spec 1.1), in float as there: the two neighbours of x_dst * (in / out).
void set_legacy(Axis& axis, int in, int out) {
  const float scale = static_cast<float>(in) / static_cast<float>(out);
  axis.taps = std::min(2, in);
  for (int p = 0; p < out; ++p) {
    const float at = static_cast<float>(p) * scale;
    const int below = std::min(static_cast<int>(at), in - 1);
    const float above_share = at - static_cast<float>(below);
    const bool is_last = below == in - 1;  // both neighbours are the last pixel
    if (axis.taps == 1) {
      axis.first.push_back(0);
      axis.weights.push_back(1);
    } else {
      axis.first.push_back(is_last ? in - 2 : below);
      axis.weights.push_back(is_last ? 0 : 1 - above_share);
      axis.weights.push_back(is_last ? 1 : above_share);
    }
  }
}

double triangle(double x) { return std::max(0.0, 1.0 - std::abs(x)); }

/// Keys, "Cubic convolution interpolation for digital image processing", IEEE ASSP 1981, equation 4 with a = -1/2.
double keys_cubic(double x) {
  x = std::abs(x);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  if (x < 2) return ((-0.5 * x + 2.5) * x - 4) * x + 2;
  return 0;
}

/// Half-pixel centres; the kernel is widened by the scale when shrinking, cut at the edges, and its weights sum to one.
void set_antialiased(Axis& axis, int in, int out, double radius, double (*kernel)(double)) {
  const double scale = static_cast<double>(in) / out;
  const double stretch = std::max(1.0, scale);
  const double reach = radius * stretch;
  axis.taps = std::min(in, static_cast<int>(std::ceil(2 * reach)));  // pixel centres strictly within reach on both sides
  std::vector<double> weight(static_cast<size_t>(axis.taps));
  for (int p = 0; p < out; ++p) {
    const double centre = (p + 0.5) * scale;
    const int first = std::min(std::max(0, static_cast<int>(std::floor(centre - reach + 0.5))), in - axis.taps);
    double sum = 0;
    for (int k = 0; k < axis.taps; ++k) {
      weight[static_cast<size_t>(k)] = kernel((first + k + 0.5 - centre) / stretch);
      sum += weight[static_cast<size_t>(k)];
    }
    axis.first.push_back(first);
    for (const double w : weight) axis.weights.push_back(static_cast<float>(w / sum));
  }
}

/// Where output p of crop_and_resize looks, in TensorFlow's order of float32 operations.
float corner_position(int p, int in, float begin, float end, int out) {
  const auto last = static_cast<float>(in - 1);
  const float at = out > 1 ? begin * last + static_cast<float>(p) * ((end - begin) * last / static_cast<float>(out - 1)) : 0.5F * (begin + end) * last;
  return std::clamp(at, 0.0F, last);
}

/// Pixels that crop_and_resize looks at along one axis.
struct Reach {
  int first = 0, count = 0;
};

Reach corner_reach(int in, float begin, float end, int out) {
  const int first = static_cast<int>(corner_position(0, in, begin, end, out));
  return {.first = first, .count = static_cast<int>(std::ceil(corner_position(out - 1, in, begin, end, out))) - first + 1};
}

/// Relative to the first pixel of the reach.
void set_corners(Axis& axis, int in, float begin, float end, int out) {
  const Reach reach = corner_reach(in, begin, end, out);
  axis.taps = std::min(2, reach.count);
  for (int p = 0; p < out; ++p) {
    const float at = corner_position(p, in, begin, end, out);
    const int below = std::min(static_cast<int>(at), reach.first + reach.count - axis.taps);
    const float above_share = at - static_cast<float>(below);  // 1 at the last pixel
    axis.first.push_back(below - reach.first);
    axis.weights.push_back(1 - above_share);
    if (axis.taps == 2) axis.weights.push_back(above_share);
  }
}

void set_axis(Axis& axis, int in, int out, Filter filter) {
  switch (filter) {
    case Filter::kLegacyBilinear: set_legacy(axis, in, out); break;
    case Filter::kBilinear: set_antialiased(axis, in, out, 1, triangle); break;
    case Filter::kBicubic: set_antialiased(axis, in, out, 2, keys_cubic); break;
  }
}

void mirror_axis(Axis& axis) {
  std::reverse(axis.first.begin(), axis.first.end());
  std::reverse(axis.weights.begin(), axis.weights.end());
  for (size_t at = 0; at < axis.weights.size(); at += static_cast<size_t>(axis.taps)) {
    std::reverse(axis.weights.begin() + static_cast<int64_t>(at), axis.weights.begin() + static_cast<int64_t>(at) + axis.taps);
  }
}

/// Kept per thread: nothing is allocated once the largest picture has been seen.
struct Scratch {
  Axis columns, rows;
  std::vector<float> blended, out;
  std::vector<const uint8_t*> sources;
};

/// Rows are blended first, all columns at once, then the columns of the one blended row: no picture of floats in between.
/// set_axes(columns, rows) fills two empty axes; finish(y, row) receives each output row of 3 * width floats.
template <class SetAxes, class Finish>
void for_each_row(const Image& source, Rect region, ResampleTarget target, const SetAxes& set_axes, const Finish& finish) {
  FOVEA_CHECK(region.x >= 0 && region.y >= 0 && region.width > 0 && region.height > 0 && region.width <= source.width - region.x &&
                  region.height <= source.height - region.y,
              "region {}, {}, {} x {} of a picture of {} x {}", region.x, region.y, region.width, region.height, source.width, source.height);
  FOVEA_CHECK(target.width > 0 && target.height > 0, "target of {} x {}", target.width, target.height);
  thread_local Scratch scratch;
  Axis& columns = scratch.columns;
  Axis& rows = scratch.rows;
  for (Axis* axis : {&columns, &rows}) {
    axis->first.clear();
    axis->weights.clear();
  }
  set_axes(columns, rows);
  if (target.mirror) mirror_axis(columns);
  const int64_t values = 3 * int64_t{region.width};
  scratch.blended.resize(static_cast<size_t>(values) + 1);
  scratch.out.resize(3 * static_cast<size_t>(target.width) + 1);
  scratch.sources.resize(static_cast<size_t>(rows.taps));

  for (int y = 0; y < target.height; ++y) {
    const float* weights = rows.weights.data() + static_cast<size_t>(y) * static_cast<size_t>(rows.taps);
    int taps = rows.taps, first = 0;
    while (taps > 1 && weights[taps - 1] == 0) --taps;
    while (first < taps - 1 && weights[first] == 0) ++first;
    for (int k = first; k < taps; ++k) {
      scratch.sources[static_cast<size_t>(k)] = source.row(region.y + rows.first[static_cast<size_t>(y)] + k) + static_cast<size_t>(region.x) * 3;
    }
    HWY_DYNAMIC_DISPATCH(blend_rows)(scratch.sources.data() + first, weights + first, taps - first, values, scratch.blended.data());
    HWY_DYNAMIC_DISPATCH(blend_columns)(scratch.blended.data(), columns.first.data(), columns.weights.data(), columns.taps, target.width, scratch.out.data());
    finish(y, scratch.out.data());
  }
}

auto axes_of(Rect region, Filter filter, ResampleTarget target) {
  return [=](Axis& columns, Axis& rows) {
    set_axis(columns, region.width, target.width, filter);
    set_axis(rows, region.height, target.height, filter);
  };
}

auto axes_of(Rect region, Size picture, Window window, ResampleTarget target) {
  const Rect needed = crop_and_resize_region(picture, window, target);
  FOVEA_CHECK(region.width == needed.width && region.height == needed.height, "region of {} x {}, {} x {} needed", region.width, region.height, needed.width,
              needed.height);
  return [=](Axis& columns, Axis& rows) {
    set_corners(columns, picture.width, window.x0, window.x1, target.width);
    set_corners(rows, picture.height, window.y0, window.y1, target.height);
  };
}

auto write_levels(uint8_t* pixels, int64_t row_stride, ResampleTarget target) {
  return [=](int y, const float* row) { HWY_DYNAMIC_DISPATCH(round_levels)(row, 3 * int64_t{target.width}, pixels + y * row_stride); };
}

auto write_floats(float* pixels, int64_t row_stride, ResampleTarget target) {
  return [=](int y, const float* row) { std::copy_n(row, 3 * int64_t{target.width}, pixels + y * row_stride); };
}

}  // namespace

void resample(const Image& source, Rect region, Filter filter, ResampleTarget target, uint8_t* pixels, int64_t row_stride_bytes) {
  for_each_row(source, region, target, axes_of(region, filter, target), write_levels(pixels, row_stride_bytes, target));
}

void resample_float(const Image& source, Rect region, Filter filter, ResampleTarget target, float* pixels, int64_t row_stride_floats) {
  for_each_row(source, region, target, axes_of(region, filter, target), write_floats(pixels, row_stride_floats, target));
}

Rect crop_and_resize_region(Size picture, Window window, ResampleTarget target) {
  FOVEA_CHECK(0 <= window.y0 && window.y0 <= window.y1 && window.y1 <= 1 && 0 <= window.x0 && window.x0 <= window.x1 && window.x1 <= 1, "window {}, {}, {}, {}",
              window.y0, window.x0, window.y1, window.x1);
  const Reach columns = corner_reach(picture.width, window.x0, window.x1, target.width);
  const Reach rows = corner_reach(picture.height, window.y0, window.y1, target.height);
  return {.x = columns.first, .y = rows.first, .width = columns.count, .height = rows.count};
}

void crop_and_resize(const Image& source, Rect region, Size picture, Window window, ResampleTarget target, uint8_t* pixels, int64_t row_stride_bytes) {
  for_each_row(source, region, target, axes_of(region, picture, window, target), write_levels(pixels, row_stride_bytes, target));
}

void crop_and_resize(const Image& source, Rect region, Size picture, Window window, ResampleTarget target, float* pixels, int64_t row_stride_floats) {
  for_each_row(source, region, target, axes_of(region, picture, window, target), write_floats(pixels, row_stride_floats, target));
}

Image resized(const Image& source, int width, int height, Filter filter) {
  Image target(width, height);
  resample(source, {0, 0, source.width, source.height}, filter, {width, height}, target.pixels.data(), int64_t{3} * width);
  return target;
}

}  // namespace fovea::image
#endif  // HWY_ONCE
