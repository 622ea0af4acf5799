// What travels with a forward pass: mode, precision, path, identities of the samples, and who looks on.
#pragma once

#include "fovea/base/trace.h"
#include "fovea/tensor/tensor.h"

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

namespace fovea::kernels {

/// Which implementation runs. `reference` is plain ATen, stage by stage, and the specification; `fused` runs our own passes over memory.
enum class Path { kReference, kFused };
inline constexpr std::array<std::string_view, 2> kPathNames{"reference", "fused"};
constexpr const auto& enum_names(Path) { return kPathNames; }

/// Adds up float64 tensors over the ranks, in place and in a fixed order: batch norm over all of them.
class StatisticsReducer {
 public:
  virtual ~StatisticsReducer() = default;
  virtual void sum(Tensor& sums) = 0;
};

/// One line of work, told to an observer after it was done.
struct LayerReport {
  std::string_view name;
  const Tensor& output;
  int64_t parameters = 0;
  double forward_flops = 0;  ///< of the whole batch; a multiply-add counts 2
  double saved_bytes = 0;    ///< activations that wait for the backward pass, of the whole batch
};

struct ForwardContext {
  bool training = false;
  Precision precision = Precision::kFloat32;
  Path path = Path::kFused;
  uint64_t seed = 0;
  int64_t step = 0;
  std::span<const int64_t> samples;                  ///< [N] identities; drop-connect is keyed by them
  StatisticsReducer* statistics = nullptr;           ///< null: each process keeps its own batch statistics
  std::function<void(const LayerReport&)> observer;  ///< empty in ordinary steps
  Trace* trace = nullptr;                            ///< of a profile; null in ordinary steps
};

}  // namespace fovea::kernels
