// The door to LibTorch: the only header that includes it. Tensors, devices, precisions, and the shape checks that public functions begin with.
#pragma once

#include "fovea/base/error.h"

#include <torch/types.h>

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace fovea {

using Tensor = at::Tensor;

inline constexpr int64_t kAny = -1;

/// throws kInternal unless `tensor` is defined and has `shape`; kAny fits every size
void expect_shape(const Tensor& tensor, std::initializer_list<int64_t> shape, std::string_view name);

/// What activations and matrix products are computed in. Weights, statistics and losses are float32 in both.
enum class Precision { kFloat32, kBFloat16 };
inline constexpr std::array<std::string_view, 2> kPrecisionNames{"float32", "bfloat16"};
constexpr const auto& enum_names(Precision) { return kPrecisionNames; }
at::ScalarType scalar_type(Precision precision);

/// "cpu", "cuda", "cuda:1". throws kUsage for another word; kDevice when this LibTorch cannot use it, saying why and what to install
at::Device device_from(std::string_view text);

/// Version of LibTorch, processor features that matter, threads: one line for the log.
std::string tensor_library_summary();

/// Threads of one operation (OpenMP's).
void set_compute_threads(int64_t threads);
int64_t compute_threads();

/// Does this LibTorch multiply bfloat16 matrices by oneDNN on this processor? Without AVX-512 its own loops do, which are slower than anything.
bool multiplies_bfloat16_fast();

/// Asks for algorithms that give the same sums on every run (matters on CUDA; the CPU path is deterministic anyway).
void set_deterministic(bool deterministic);

/// The raw bytes of a contiguous CPU tensor.
std::span<const std::byte> tensor_bytes(const Tensor& tensor);
std::span<std::byte> mutable_tensor_bytes(Tensor& tensor);

}  // namespace fovea
