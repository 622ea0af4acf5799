#include "fovea/nn/linear.h"

#include "fovea/kernels/traced_layer.h"

#include <ATen/Functions.h>

namespace fovea::nn {

Linear::Linear(Sizes sizes, std::string name, Parameters& parameters, const InitialiseOptions& initialise) : name_(std::move(name)) {
  weight_ =
      parameters.add({.name = name_ + ".weight", .kind = Kind::kKernel, .value = initial_kernel({sizes.out, sizes.in}, name_ + ".weight", initialise)}).value;
  bias_ = parameters.add({.name = name_ + ".bias", .kind = Kind::kBias, .value = at::zeros({sizes.out})}).value;
}

Tensor Linear::forward(const Tensor& input, const kernels::ForwardContext& context) const {
  expect_shape(input, {kAny, weight_.size(1)}, "input of a dense layer");
  const at::ScalarType type = scalar_type(context.precision);
  Tensor output = kernels::traced_layer(context, name_, input, [&] { return at::linear(input.to(type), weight_.to(type), bias_.to(type)).to(at::kFloat); });
  if (context.observer) {
    context.observer({.name = name_,
                      .output = output,
                      .parameters = weight_.numel() + bias_.numel(),
                      .forward_flops = 2.0 * static_cast<double>(input.size(0) * weight_.numel())});
  }
  return output;
}

GraphValue Linear::forward(const GraphValue& input, GraphBuilder& graph) const { return graph.dense(input, {.name = name_, .weight = weight_, .bias = bias_}); }

}  // namespace fovea::nn
