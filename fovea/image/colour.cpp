#include "fovea/image/colour.h"

// Compiled once per instruction set, as resample.cpp is.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "fovea/image/colour.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <array>

HWY_BEFORE_NAMESPACE();
namespace fovea::image {
namespace HWY_NAMESPACE {  // NOLINT

namespace hn = hwy::HWY_NAMESPACE;

/// Calls work(at) for each vector of pixels; for what is left, in a buffer filled up with zeros.
template <class D, class Work>
void over_pixels(D d, float* levels, int64_t pixels, const Work& work) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t p = 0;
  for (; p + lanes <= pixels; p += lanes) work(levels + 3 * p);
  HWY_ALIGN float rest[3 * hn::MaxLanes(d)] = {};
  std::copy(levels + 3 * p, levels + 3 * pixels, rest);
  work(rest);
  std::copy_n(rest, 3 * (pixels - p), levels + 3 * p);
}

/// Adds the levels of each channel to `sums`.
void add_levels(float* levels, int64_t pixels, double* sums) {
  const hn::ScalableTag<float> d;
  auto red = hn::Zero(d), green = red, blue = red;
  over_pixels(d, levels, pixels, [&](const float* from) HWY_ATTR {
    hn::Vec<decltype(d)> r, g, b;
    hn::LoadInterleaved3(d, from, r, g, b);
    red = hn::Add(red, r);
    green = hn::Add(green, g);
    blue = hn::Add(blue, b);
  });
  sums[0] += static_cast<double>(hn::GetLane(hn::SumOfLanes(d, red)));
  sums[1] += static_cast<double>(hn::GetLane(hn::SumOfLanes(d, green)));
  sums[2] += static_cast<double>(hn::GetLane(hn::SumOfLanes(d, blue)));
}

/// Brightness and contrast are one multiply-add. Then HSV without its detour: the largest channel V stays, S times a factor is the range V - min
/// times it, and the hue says where between the two ends each channel stands.
void adjust(float* levels, int64_t pixels, const ColourJitter& jitter, const double* means) {
  const hn::ScalableTag<float> d;
  using V = hn::Vec<decltype(d)>;
  const auto set = [&](float value) HWY_ATTR { return hn::Set(d, value); };
  float shift[3];  // contrast * (x + brightness - mean) + mean, where the mean has the brightness in it
  for (int c = 0; c < 3; ++c)
    shift[c] = static_cast<float>((1.0 - static_cast<double>(jitter.contrast)) * means[c] + 255.0 * static_cast<double>(jitter.brightness));
  over_pixels(d, levels, pixels, [&](float* at) HWY_ATTR {
    V r, g, b;
    hn::LoadInterleaved3(d, at, r, g, b);
    const V contrast = set(jitter.contrast);
    r = hn::MulAdd(contrast, r, set(shift[0]));
    g = hn::MulAdd(contrast, g, set(shift[1]));
    b = hn::MulAdd(contrast, b, set(shift[2]));
    const V high = hn::Max(r, hn::Max(g, b));
    const V range = hn::Sub(high, hn::Min(r, hn::Min(g, b)));

    const V scale = hn::Div(set(1), hn::Max(range, set(1e-30F)));  // grey has any hue, as its range is zero
    const V from_green = hn::MulAdd(hn::Sub(b, r), scale, set(2)), from_blue = hn::MulAdd(hn::Sub(r, g), scale, set(4));
    V hue = hn::IfThenElse(hn::Eq(r, high), hn::Mul(hn::Sub(g, b), scale), hn::IfThenElse(hn::Eq(g, high), from_green, from_blue));
    hue = hn::Add(hue, set(6 * jitter.hue));  // in sixths of a turn: -4 to 8
    hue = hn::IfThenElse(hn::Lt(hue, set(0)), hn::Add(hue, set(6)), hue);
    hue = hn::IfThenElse(hn::Ge(hue, set(6)), hn::Sub(hue, set(6)), hue);

    // S is range / V, afterwards at most 1; it counts as 0 where V is not above zero.
    const V chroma = hn::IfThenElseZero(hn::Gt(high, set(0)), hn::Min(hn::Mul(set(jitter.saturation), range), high));
    const V low = hn::Sub(high, chroma);
    const auto channel = [&](V share) HWY_ATTR { return hn::MulAdd(chroma, hn::Min(hn::Max(share, set(0)), set(1)), low); };
    const auto distance = [&](float from) HWY_ATTR { return hn::Abs(hn::Sub(hue, set(from))); };
    hn::StoreInterleaved3(channel(hn::Sub(distance(3), set(1))), channel(hn::Sub(set(2), distance(2))), channel(hn::Sub(set(2), distance(4))), d, at);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace fovea::image
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fovea::image {
HWY_EXPORT(add_levels);
HWY_EXPORT(adjust);

void jitter_colours(float* levels, int64_t pixels, const ColourJitter& jitter) {
  constexpr int64_t kBlock = 4096;  // chosen: short enough for sums in float32
  std::array<double, 3> means{};
  for (int64_t p = 0; p < pixels; p += kBlock) HWY_DYNAMIC_DISPATCH(add_levels)(levels + 3 * p, std::min(kBlock, pixels - p), means.data());
  for (double& mean : means) mean /= static_cast<double>(pixels);
  HWY_DYNAMIC_DISPATCH(adjust)(levels, pixels, jitter, means.data());
}

}  // namespace fovea::image
#endif  // HWY_ONCE
