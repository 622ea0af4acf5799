// The passes of norm_act on raw memory: rows of C channels, float32 or bfloat16, float32 sums.
#pragma once

#include <cstdint>
#include <string_view>

namespace fovea::kernels {

/// The instruction set that the functions below use on this processor, as Highway names it: "AVX3_SPR", "AVX2".
std::string_view vector_target();

/// bfloat16 as it lies in memory.
struct Bf16 {
  uint16_t bits;
};

/// All pointers: `rows` x `channels`, dense; channels a multiple of 16 (whole vectors on every target). Per-channel arrays: float32
/// [channels]. `Value` is float or Bf16. Without relu `y` is never looked at; pass `dy` for it.
///
/// sum += x - shift, squares += (x - shift)^2; the shift keeps the difference of squares from cancelling
template <class Value>
void accumulate_moments(const Value* x, int64_t rows, int64_t channels, const float* shift, float* sum, float* squares);

/// y = act(x * scale + offset + residual); residual may be null
template <class Value>
void apply_norm(const Value* x, const Value* residual, int64_t rows, int64_t channels, const float* scale, const float* offset, bool relu, Value* y);

/// g = relu ? (y > 0 ? dy : 0) : dy;  sum_g += g, sum_gx += g * (x - mean); writes g to `masked` when not null
template <class Value>
void accumulate_gradient(const Value* dy, const Value* y, const Value* x, int64_t rows, int64_t channels, const float* mean, bool relu, Value* masked,
                         float* sum_g, float* sum_gx);

/// dx = a * g - b * x + c with g as above (taken from `dy` as it is when relu is false)
template <class Value>
void apply_gradient(const Value* dy, const Value* y, const Value* x, int64_t rows, int64_t channels, const float* a, const float* b, const float* c, bool relu,
                    Value* dx);

}  // namespace fovea::kernels
