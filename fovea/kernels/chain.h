// A chain: convolutions with batch norm and activation, one after the other, and a residual at the end. The unit that networks are built from
// and that a fused path may treat as one differentiable function.
#pragma once

#include "fovea/kernels/context.h"

#include <cstdint>
#include <vector>

namespace fovea::kernels {

enum class Activation { kNone, kRelu, kSwish };
enum class Padding { kSame, kSymmetric, kValid };
enum class Residual { kNone, kIdentity, kProjection };

struct Stage {
  int64_t out = 0;
  int64_t kernel = 1;
  int64_t stride = 1;
  int64_t groups = 1;  ///< equal to the input channels: depthwise
  Padding padding = Padding::kSame;
  bool bias = false;
  bool norm = true;
  Activation activation = Activation::kRelu;
  bool activate_first = false;  ///< activation before the convolution instead of after the norm (BiFPN)
  int64_t squeeze = 0;          ///< hidden channels of a squeeze-excite after the activation; 0 = none
};

struct ChainSpec {
  int64_t in = 0;
  std::vector<Stage> stages;
  Residual residual = Residual::kNone;
  Stage projection;                           ///< kernel 1, with its own norm; used with Residual::kProjection
  Activation activation = Activation::kNone;  ///< after the residual
  double drop_connect = 0;                    ///< chance that a sample loses the main path in training (arXiv:1603.09382)
  double bn_momentum = 0.997;                 ///< m <- m * momentum + batch * (1 - momentum)
  double bn_epsilon = 1e-5;
  bool bn_unbiased_moving_variance = true;  ///< spec 1.3, "fused" kernel
};

/// Float32 masters and statistics of one stage; undefined where the stage has none.
struct StageTensors {
  Tensor weight;                                                    ///< [out, in / groups, k, k]
  Tensor bias, gamma, beta, moving_mean, moving_variance;           ///< [out]
  Tensor squeeze_weight, squeeze_bias, excite_weight, excite_bias;  ///< [h, out], [h], [out, h], [out]
};

struct ChainTensors {
  std::vector<StageTensors> stages;
  StageTensors projection;
};

/// input    [N, in, H, W], channels-last, in the precision of the context
/// returns  [N, out, H', W'], the same layout and precision
/// Batch norm uses the statistics of the batch while training (and moves the moving ones, in place), the moving ones otherwise.
/// Gradients reach exactly those tensors that require them: any part may be frozen while its statistics still move.
Tensor chain(const Tensor& input, const ChainSpec& spec, const ChainTensors& tensors, const ForwardContext& context);

/// Output side of a convolution or pooling (spec 1.1).
int64_t output_side(int64_t side, int64_t kernel, int64_t stride, Padding padding);

/// Pixels added before and after on one axis.
struct Pads {
  int64_t before = 0, after = 0;
};
Pads padding_of(int64_t side, int64_t kernel, int64_t stride, Padding padding);

/// What one forward pass over an input of this shape costs.
struct ChainCost {
  double flops = 0;         ///< of the convolutions and squeeze-excites; a multiply-add counts 2
  double saved_values = 0;  ///< activations kept for backward: convolution outputs, and what leaves each norm
};
ChainCost chain_cost(at::IntArrayRef input_shape, const ChainSpec& spec);

/// max over windows; padded cells never win. Channels-last in and out.
Tensor max_pool(const Tensor& input, int64_t kernel, int64_t stride, Padding padding);

}  // namespace fovea::kernels
