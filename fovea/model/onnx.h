// A network as an ONNX graph: what its evaluation computes, in float32, every norm folded into its convolution.
#pragma once

#include "fovea/io/onnx.h"
#include "fovea/kernels/normalize.h"
#include "fovea/model/model.h"

#include <cstdint>
#include <optional>

namespace fovea::model {

struct OnnxOptions {
  int64_t image_size = 0;                     ///< side of the pictures; fixed in the graph, because SAME padding depends on it
  std::optional<kernels::PixelScale> pixels;  ///< the graph begins with (x - mean) / std; nothing: it takes what that gives
  bool probabilities = false;                 ///< their softmax as a second output
};

/// Input `images` [N, 3, side, side], output `logits` [N, K], and `probabilities` [N, K] when asked for; N is free. Initialisers are named as
/// the parameters that they come from: a convolution has NAME.weight and NAME.bias, into which its norm is folded in float64 and rounded once.
///
/// model  on the CPU
io::OnnxGraph onnx_graph(const Model& model, const OnnxOptions& options);

}  // namespace fovea::model
