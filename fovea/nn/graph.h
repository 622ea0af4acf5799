// A network written down instead of computed, for export: values, and who notes the operations between them.
#pragma once

#include "fovea/kernels/chain.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::nn {

/// What an operation gives, for a batch of any size.
struct GraphValue {
  std::string name;
  std::vector<int64_t> shape;  ///< without the batch: {C, H, W}, or {K}
};

/// One stage of a chain up to its activation. Borrowed: valid during the call that gets it.
struct GraphConvolution {
  std::string_view name;
  const kernels::Stage& stage;
  const kernels::StageTensors& tensors;
  double bn_epsilon = 0;
};

/// Borrowed as well.
struct GraphDense {
  std::string_view name;
  const Tensor& weight;  ///< [out, in]
  const Tensor& bias;    ///< [out]
};

struct Pool {
  int64_t kernel = 0, stride = 0;
  kernels::Padding padding = kernels::Padding::kSame;
};

/// Notes what evaluation computes, in float32. Each call adds an operation and gives its value; tensors are read during the call.
class GraphBuilder {
 public:
  virtual ~GraphBuilder() = default;
  /// with the stage's bias, and its norm by the moving statistics; without its activation
  virtual GraphValue convolution(const GraphValue& input, const GraphConvolution& convolution) = 0;
  virtual GraphValue activation(const GraphValue& input, kernels::Activation activation) = 0;
  virtual GraphValue add(const GraphValue& a, const GraphValue& b) = 0;
  virtual GraphValue max_pool(const GraphValue& input, const Pool& pool) = 0;
  /// {C, H, W} -> {C}
  virtual GraphValue global_mean(const GraphValue& input) = 0;
  virtual GraphValue dense(const GraphValue& input, const GraphDense& dense) = 0;
};

}  // namespace fovea::nn
