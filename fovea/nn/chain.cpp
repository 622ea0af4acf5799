#include "fovea/nn/chain.h"

#include "fovea/kernels/traced_layer.h"

#include <ATen/Functions.h>

namespace fovea::nn {

Chain::Chain(kernels::ChainSpec spec, ChainNames names, Parameters& parameters, const InitialiseOptions& initialise)
    : spec_(std::move(spec)), names_(std::move(names)) {
  FOVEA_CHECK(names_.stages.size() == spec_.stages.size(), "{} names for {} stages", names_.stages.size(), spec_.stages.size());
  if (spec_.residual == Residual::kProjection) tensors_.projection = add_stage(spec_.projection, spec_.in, names_.projection, parameters, initialise);
  int64_t in = spec_.in;
  for (size_t i = 0; i < spec_.stages.size(); ++i) {
    tensors_.stages.push_back(add_stage(spec_.stages[i], in, names_.stages[i], parameters, initialise));
    in = spec_.stages[i].out;
  }
}

kernels::StageTensors Chain::add_stage(const Stage& stage, int64_t in, const StageNames& names, Parameters& parameters, const InitialiseOptions& initialise) {
  const auto add = [&](const std::string& name, Kind kind, Tensor value) {
    if (kind != Kind::kStatistic) parameter_count_ += value.numel();
    return parameters.add({.name = name, .kind = kind, .value = std::move(value)}).value;
  };
  kernels::StageTensors t;
  const std::vector<int64_t> shape{stage.out, in / stage.groups, stage.kernel, stage.kernel};
  t.weight = add(names.conv + ".weight", Kind::kKernel, initial_kernel(shape, names.conv + ".weight", initialise));
  if (stage.bias) t.bias = add(names.conv + ".bias", Kind::kBias, at::zeros({stage.out}));
  if (stage.norm) {
    t.gamma = add(names.norm + ".weight", Kind::kGamma, at::ones({stage.out}));
    t.beta = add(names.norm + ".bias", Kind::kBeta, at::zeros({stage.out}));
    t.moving_mean = add(names.norm + ".running_mean", Kind::kStatistic, at::zeros({stage.out}));
    t.moving_variance = add(names.norm + ".running_var", Kind::kStatistic, at::ones({stage.out}));
  }
  if (stage.squeeze > 0) {
    const auto dense = [&](const std::string& name, int64_t outputs, int64_t inputs) {
      return add(name + ".weight", Kind::kKernel, initial_kernel({outputs, inputs}, name + ".weight", initialise));
    };
    t.squeeze_weight = dense(names.squeeze, stage.squeeze, stage.out);
    t.squeeze_bias = add(names.squeeze + ".bias", Kind::kBias, at::zeros({stage.squeeze}));
    t.excite_weight = dense(names.excite, stage.out, stage.squeeze);
    t.excite_bias = add(names.excite + ".bias", Kind::kBias, at::zeros({stage.out}));
  }
  return t;
}

Tensor Chain::forward(const Tensor& input, const ForwardContext& context) const {
  Tensor output = kernels::traced_layer(context, names_.chain, input, [&] { return kernels::chain(input, spec_, tensors_, context); });
  if (context.observer) {
    const kernels::ChainCost cost = kernels::chain_cost(input.sizes(), spec_);
    context.observer({.name = names_.chain,
                      .output = output,
                      .parameters = parameter_count_,
                      .forward_flops = cost.flops,
                      .saved_bytes = cost.saved_values * static_cast<double>(output.element_size())});
  }
  return output;
}

GraphValue Chain::forward(const GraphValue& input, GraphBuilder& graph) const {
  const auto convolution = [&](const GraphValue& x, const Stage& stage, const StageNames& names, const kernels::StageTensors& tensors) {
    FOVEA_CHECK(stage.squeeze == 0 && !stage.activate_first, "{} has what export does not know", names_.chain);
    return graph.convolution(x, {.name = names.conv, .stage = stage, .tensors = tensors, .bn_epsilon = spec_.bn_epsilon});
  };
  GraphValue shortcut = input;
  if (spec_.residual == Residual::kProjection) shortcut = convolution(input, spec_.projection, names_.projection, tensors_.projection);
  GraphValue x = input;
  for (size_t i = 0; i < spec_.stages.size(); ++i) {
    x = graph.activation(convolution(x, spec_.stages[i], names_.stages[i], tensors_.stages[i]), spec_.stages[i].activation);
  }
  return graph.activation(spec_.residual == Residual::kNone ? x : graph.add(x, shortcut), spec_.activation);
}

}  // namespace fovea::nn
