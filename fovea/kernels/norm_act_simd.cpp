#include "fovea/kernels/norm_act_simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "fovea/kernels/norm_act_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace fovea::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using F = hn::ScalableTag<float>;
using V = hn::Vec<F>;

V load(F d, const float* p) { return hn::LoadU(d, p); }
void store(F d, V v, float* p) { hn::StoreU(v, d, p); }

V load(F d, const Bf16* p) {
  const hn::Rebind<uint16_t, F> half;
  const hn::Rebind<uint32_t, F> word;
  return hn::BitCast(d, hn::ShiftLeft<16>(hn::PromoteTo(word, hn::LoadU(half, &p->bits))));
}

void store(F d, V v, Bf16* p) {
  const hn::Rebind<uint16_t, F> half;
  const hn::RebindToUnsigned<F> word;
  const hn::RebindToSigned<F> whole;
  // Round to nearest even. A NaN keeps its upper half, so it stays a NaN unless its mantissa lies in the lower bits only, which arithmetic never makes.
  const auto bits = hn::BitCast(word, v);
  const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(word, 1));
  const auto rounded = hn::ShiftRight<16>(bits + hn::Set(word, 0x7FFF) + odd);
  (void)d;
  hn::StoreU(hn::DemoteTo(half, hn::BitCast(whole, rounded)), half, &p->bits);
}

// Accumulators stand in memory: 16 KB at 2,048 channels, so they stay in the first-level cache while the rows stream by.
template <class Value>
void moments(const Value* x, int64_t rows, int64_t channels, const float* shift, float* sum, float* squares) {
  const F d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t r = 0; r < rows; ++r, x += channels) {
    int64_t c = 0;
    for (; c + lanes <= channels; c += lanes) {
      const V v = load(d, x + c) - hn::LoadU(d, shift + c);
      hn::StoreU(hn::LoadU(d, sum + c) + v, d, sum + c);
      hn::StoreU(hn::MulAdd(v, v, hn::LoadU(d, squares + c)), d, squares + c);
    }
  }
}

template <class Value>
void apply(const Value* x, const Value* residual, int64_t rows, int64_t channels, const float* scale, const float* offset, bool relu, Value* y) {
  const F d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const V floor = relu ? hn::Zero(d) : hn::Set(d, -__builtin_huge_valf());
  for (int64_t r = 0; r < rows; ++r) {
    const int64_t at = r * channels;
    for (int64_t c = 0; c + lanes <= channels; c += lanes) {
      V v = hn::MulAdd(load(d, x + at + c), hn::LoadU(d, scale + c), hn::LoadU(d, offset + c));
      if (residual != nullptr) v = v + load(d, residual + at + c);
      // written so that a NaN passes through: Max would hide it
      v = hn::IfThenElse(hn::Lt(v, floor), floor, v);
      store(d, v, y + at + c);
    }
  }
}

template <class Value>
V masked_gradient(F d, const Value* dy, const Value* y, bool relu) {
  const V g = load(d, dy);
  return relu ? hn::IfThenElseZero(hn::Gt(load(d, y), hn::Zero(d)), g) : g;
}

template <class Value>
void gradient_sums(const Value* dy, const Value* y, const Value* x, int64_t rows, int64_t channels, const float* mean, bool relu, Value* masked, float* sum_g,
                   float* sum_gx) {
  const F d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t r = 0; r < rows; ++r) {
    const int64_t at = r * channels;
    for (int64_t c = 0; c + lanes <= channels; c += lanes) {
      const V g = masked_gradient(d, dy + at + c, y + at + c, relu);
      if (masked != nullptr) store(d, g, masked + at + c);
      const V centred = load(d, x + at + c) - hn::LoadU(d, mean + c);
      hn::StoreU(hn::LoadU(d, sum_g + c) + g, d, sum_g + c);
      hn::StoreU(hn::MulAdd(g, centred, hn::LoadU(d, sum_gx + c)), d, sum_gx + c);
    }
  }
}

template <class Value>
void gradient(const Value* dy, const Value* y, const Value* x, int64_t rows, int64_t channels, const float* a, const float* b, const float* c0, bool relu,
              Value* dx) {
  const F d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t r = 0; r < rows; ++r) {
    const int64_t at = r * channels;
    for (int64_t c = 0; c + lanes <= channels; c += lanes) {
      const V g = masked_gradient(d, dy + at + c, y + at + c, relu);
      const V affine = hn::NegMulAdd(hn::LoadU(d, b + c), load(d, x + at + c), hn::LoadU(d, c0 + c));
      store(d, hn::MulAdd(hn::LoadU(d, a + c), g, affine), dx + at + c);
    }
  }
}

#define FOVEA_FOR_VALUE(Value, Suffix)                                                                                                                      \
  void Moments##Suffix(const Value* x, int64_t rows, int64_t channels, const float* shift, float* sum, float* squares) {                                    \
    moments(x, rows, channels, shift, sum, squares);                                                                                                        \
  }                                                                                                                                                         \
  void Apply##Suffix(const Value* x, const Value* residual, int64_t rows, int64_t channels, const float* scale, const float* offset, bool relu, Value* y) { \
    apply(x, residual, rows, channels, scale, offset, relu, y);                                                                                             \
  }                                                                                                                                                         \
  void GradientSums##Suffix(const Value* dy, const Value* y, const Value* x, int64_t rows, int64_t channels, const float* mean, bool relu, Value* masked,   \
                            float* sum_g, float* sum_gx) {                                                                                                  \
    gradient_sums(dy, y, x, rows, channels, mean, relu, masked, sum_g, sum_gx);                                                                             \
  }                                                                                                                                                         \
  void Gradient##Suffix(const Value* dy, const Value* y, const Value* x, int64_t rows, int64_t channels, const float* a, const float* b, const float* c0,   \
                        bool relu, Value* dx) {                                                                                                             \
    gradient(dy, y, x, rows, channels, a, b, c0, relu, dx);                                                                                                 \
  }
FOVEA_FOR_VALUE(float, Float)
FOVEA_FOR_VALUE(Bf16, Bf16)
#undef FOVEA_FOR_VALUE

const char* TargetName() { return hwy::TargetName(HWY_TARGET); }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace fovea::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fovea::kernels {

#define FOVEA_EXPORT_VALUE(Value, Suffix)                                                                                                                \
  HWY_EXPORT(Moments##Suffix);                                                                                                                           \
  HWY_EXPORT(Apply##Suffix);                                                                                                                             \
  HWY_EXPORT(GradientSums##Suffix);                                                                                                                      \
  HWY_EXPORT(Gradient##Suffix);                                                                                                                          \
  template <>                                                                                                                                            \
  void accumulate_moments(const Value* x, int64_t rows, int64_t channels, const float* shift, float* sum, float* squares) {                              \
    HWY_DYNAMIC_DISPATCH(Moments##Suffix)(x, rows, channels, shift, sum, squares);                                                                       \
  }                                                                                                                                                      \
  template <>                                                                                                                                            \
  void apply_norm(const Value* x, const Value* residual, int64_t rows, int64_t channels, const float* scale, const float* offset, bool relu, Value* y) { \
    HWY_DYNAMIC_DISPATCH(Apply##Suffix)(x, residual, rows, channels, scale, offset, relu, y);                                                            \
  }                                                                                                                                                      \
  template <>                                                                                                                                            \
  void accumulate_gradient(const Value* dy, const Value* y, const Value* x, int64_t rows, int64_t channels, const float* mean, bool relu, Value* masked, \
                           float* sum_g, float* sum_gx) {                                                                                                \
    HWY_DYNAMIC_DISPATCH(GradientSums##Suffix)(dy, y, x, rows, channels, mean, relu, masked, sum_g, sum_gx);                                             \
  }                                                                                                                                                      \
  template <>                                                                                                                                            \
  void apply_gradient(const Value* dy, const Value* y, const Value* x, int64_t rows, int64_t channels, const float* a, const float* b, const float* c,   \
                      bool relu, Value* dx) {                                                                                                            \
    HWY_DYNAMIC_DISPATCH(Gradient##Suffix)(dy, y, x, rows, channels, a, b, c, relu, dx);                                                                 \
  }
FOVEA_EXPORT_VALUE(float, Float)
FOVEA_EXPORT_VALUE(Bf16, Bf16)
#undef FOVEA_EXPORT_VALUE

HWY_EXPORT(TargetName);
std::string_view vector_target() { return HWY_DYNAMIC_DISPATCH(TargetName)(); }

}  // namespace fovea::kernels
#endif
