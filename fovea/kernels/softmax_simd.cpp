#include "fovea/kernels/softmax_simd.h"

#include <algorithm>
#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "fovea/kernels/softmax_simd.cpp"
#include <hwy/foreach_target.h>

#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace fovea::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using F = hn::ScalableTag<float>;
using V = hn::Vec<F>;

constexpr float kFar = -1e30F;  // its exponential is 0, and its product with 0 is no NaN

/// body(v) for every vector of a row; the last one is filled up with kFar.
template <class Body>
void for_vectors(F d, const float* row, int64_t columns, const Body& body) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t c = 0;
  for (; c + lanes <= columns; c += lanes) body(hn::LoadU(d, row + c));
  if (c == columns) return;
  HWY_ALIGN float rest[HWY_MAX_BYTES / sizeof(float)];
  std::fill_n(rest, lanes, kFar);
  std::copy(row + c, row + columns, rest);
  body(hn::Load(d, rest));
}

void Losses(const float* logits, const int64_t* labels, int64_t rows, int64_t columns, float* losses, float* log_sums) {
  const F d;
  for (int64_t r = 0; r < rows; ++r, logits += columns) {
    V largest = hn::Set(d, kFar), trouble = hn::Zero(d), sum = hn::Zero(d);
    for_vectors(d, logits, columns, [&](V v) {
      largest = hn::Max(largest, v);
      trouble = hn::MulAdd(v, hn::Zero(d), trouble);  // 0, or NaN: maximum and exponential below would hide it
    });
    const float top = hn::GetLane(hn::MaxOfLanes(d, largest));
    const V shift = hn::Set(d, top);
    for_vectors(d, logits, columns, [&](V v) { sum = sum + hn::Exp(d, v - shift); });
    const float log_sum = std::log(hn::GetLane(hn::SumOfLanes(d, sum))) + hn::GetLane(hn::SumOfLanes(d, trouble));
    losses[r] = log_sum - (logits[labels[r]] - top);
    log_sums[r] = log_sum + top;
  }
}

void Gradient(const float* logits, int64_t label, float log_sum, float weight, int64_t columns, float* gradient) {
  const F d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const V shift = hn::Set(d, log_sum), factor = hn::Set(d, weight);
  HWY_ALIGN float values[HWY_MAX_BYTES / sizeof(float)];
  int64_t c = 0;
  for_vectors(d, logits, columns, [&](V v) {
    hn::Store(factor * hn::Exp(d, v - shift), d, values);
    std::copy_n(values, std::min(lanes, columns - c), gradient + c);
    c += lanes;
  });
  gradient[label] -= weight;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace fovea::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fovea::kernels {

HWY_EXPORT(Losses);
HWY_EXPORT(Gradient);

void softmax_losses(const float* logits, const int64_t* labels, int64_t rows, int64_t columns, float* losses, float* log_sums) {
  HWY_DYNAMIC_DISPATCH(Losses)(logits, labels, rows, columns, losses, log_sums);
}

void softmax_gradient(const float* logits, int64_t label, float log_sum, float weight, int64_t columns, float* gradient) {
  HWY_DYNAMIC_DISPATCH(Gradient)(logits, label, log_sum, weight, columns, gradient);
}

}  // namespace fovea::kernels
#endif
