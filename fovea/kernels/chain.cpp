#include "fovea/kernels/chain.h"

#include "fovea/base/random.h"
#include "fovea/kernels/convolution.h"
#include "fovea/kernels/norm_act.h"

#include <ATen/Functions.h>

#include <array>
#include <cmath>
#include <limits>

namespace fovea::kernels {
namespace {

Tensor activated(const Tensor& x, Activation activation) {
  switch (activation) {
    case Activation::kNone: return x;
    case Activation::kRelu: return at::relu(x);
    case Activation::kSwish: return at::silu(x);
  }
  return x;
}

/// Pads what at::convolution cannot: it takes the same number on both sides only.
Tensor padded(const Tensor& x, Pads rows, Pads columns, double value) {
  return at::constant_pad_nd(x, {columns.before, columns.after, rows.before, rows.after}, value);
}

/// [N, in, H, W] -> [N, out, H', W'] in the precision of `x`; weights are cast at use.
Tensor convolved(const Tensor& x, const Stage& stage, const StageTensors& tensors, const ForwardContext& context) {
  const Pads rows = padding_of(x.size(2), stage.kernel, stage.stride, stage.padding),
             columns = padding_of(x.size(3), stage.kernel, stage.stride, stage.padding);
  const bool even = rows.before == rows.after && columns.before == columns.after;
  const Tensor input = even ? x : padded(x, rows, columns, 0);
  const std::array<int64_t, 2> padding = even ? std::array{rows.before, columns.before} : std::array<int64_t, 2>{};
  const bool fused = context.path == Path::kFused && context.training && stage.groups == 1 && convolution_takes(input);
  if (fused) return convolution(input, tensors.weight, tensors.bias, {.stride = stage.stride, .padding = padding});
  const Tensor weight = tensors.weight.to(x.scalar_type());
  const Tensor bias = stage.bias ? tensors.bias.to(x.scalar_type()) : Tensor();
  return at::conv2d(input, weight, bias, {stage.stride, stage.stride}, padding, {1, 1}, stage.groups);
}

/// Batch norm by plain tensor operations in float32: the specification.
Tensor normalised(const Tensor& x, const StageTensors& t, const ChainSpec& spec, const ForwardContext& context) {
  const std::vector<int64_t> per_channel{1, -1, 1, 1};
  const Tensor wide = x.to(at::kFloat);
  Tensor mean = t.moving_mean, variance = t.moving_variance;
  if (context.training) {
    FOVEA_CHECK(context.statistics == nullptr, "the reference path keeps statistics per process");
    mean = wide.mean({0, 2, 3});
    variance = (wide - mean.view(per_channel)).square().mean({0, 2, 3});
    const at::NoGradGuard no_gradient;
    const auto count = static_cast<double>(x.numel() / x.size(1));
    const double correction = spec.bn_unbiased_moving_variance && count > 1 ? count / (count - 1) : 1.0;
    Tensor moving_mean = t.moving_mean, moving_variance = t.moving_variance;
    moving_mean.mul_(spec.bn_momentum).add_(mean.detach(), 1 - spec.bn_momentum);
    moving_variance.mul_(spec.bn_momentum).add_(variance.detach() * correction, 1 - spec.bn_momentum);
  }
  const Tensor scale = t.gamma * (variance + spec.bn_epsilon).rsqrt();
  return (wide * scale.view(per_channel) + (t.beta - mean * scale).view(per_channel)).to(x.scalar_type());
}

/// Norm, residual and activation of one stage, by the path of the context where it can take the tensor.
Tensor normalised_and_activated(const Tensor& x, const StageTensors& t, const Tensor& residual, Activation activation, const ChainSpec& spec,
                                const ForwardContext& context) {
  const bool fused = context.path == Path::kFused && context.training && norm_act_takes(x);
  if (fused) {
    const NormActOptions options{.momentum = spec.bn_momentum,
                                 .epsilon = spec.bn_epsilon,
                                 .unbiased_moving_variance = spec.bn_unbiased_moving_variance,
                                 .relu = activation == Activation::kRelu};
    const Tensor y = norm_act(x, t.gamma, t.beta, t.moving_mean, t.moving_variance, residual, options, context.statistics);
    return options.relu ? y : activated(y, activation);
  }
  const Tensor y = normalised(x, t, spec, context);
  return activated(residual.defined() ? y + residual : y, activation);
}

Tensor squeeze_excited(const Tensor& x, const StageTensors& t) {
  const Tensor pooled = x.to(at::kFloat).mean({2, 3});
  const Tensor hidden = at::silu(at::linear(pooled, t.squeeze_weight, t.squeeze_bias));
  const Tensor gate = at::sigmoid(at::linear(hidden, t.excite_weight, t.excite_bias));
  return x * gate.to(x.scalar_type()).view({x.size(0), x.size(1), 1, 1});
}

/// Drops the main path of some samples, keyed by (seed, step, sample), and scales the others so that the mean stays.
Tensor sample_dropped(const Tensor& x, double chance, const ForwardContext& context) {
  FOVEA_CHECK(static_cast<int64_t>(context.samples.size()) == x.size(0), "drop-connect needs the identities of {} samples, got {}", x.size(0),
              context.samples.size());
  std::vector<float> keep;
  for (const int64_t sample : context.samples) {
    Random random(context.seed, static_cast<uint64_t>(context.step), static_cast<uint64_t>(sample), Purpose::kDropPath);
    keep.push_back(random.uniform() < chance ? 0.0F : static_cast<float>(1 / (1 - chance)));
  }
  return x * at::tensor(keep).to(x.options()).view({-1, 1, 1, 1});
}

}  // namespace

int64_t output_side(int64_t side, int64_t kernel, int64_t stride, Padding padding) {
  switch (padding) {
    case Padding::kSame: return (side + stride - 1) / stride;
    case Padding::kSymmetric: return (side + 2 * (kernel / 2) - kernel) / stride + 1;
    case Padding::kValid: return (side - kernel) / stride + 1;
  }
  return 0;
}

Pads padding_of(int64_t side, int64_t kernel, int64_t stride, Padding padding) {
  if (padding == Padding::kValid) return {};
  if (padding == Padding::kSymmetric) return {kernel / 2, kernel / 2};
  const int64_t total = std::max<int64_t>((output_side(side, kernel, stride, padding) - 1) * stride + kernel - side, 0);
  return {total / 2, total - total / 2};
}

ChainCost chain_cost(at::IntArrayRef input_shape, const ChainSpec& spec) {
  ChainCost cost;
  int64_t channels = spec.in, height = input_shape[2], width = input_shape[3];
  const auto add = [&](const Stage& stage, int64_t in) {
    const auto outputs = static_cast<double>(input_shape[0] * height * width * stage.out);
    cost.flops += 2 * outputs * static_cast<double>((in / stage.groups) * stage.kernel * stage.kernel) +
                  4.0 * static_cast<double>(input_shape[0] * stage.out * stage.squeeze);
    cost.saved_values += outputs * (stage.norm ? 2 : 1);
  };
  for (const Stage& stage : spec.stages) {
    height = output_side(height, stage.kernel, stage.stride, stage.padding);
    width = output_side(width, stage.kernel, stage.stride, stage.padding);
    add(stage, channels);
    channels = stage.out;
  }
  if (spec.residual == Residual::kProjection) add(spec.projection, spec.in);
  return cost;
}

Tensor max_pool(const Tensor& input, int64_t kernel, int64_t stride, Padding padding) {
  const Pads rows = padding_of(input.size(2), kernel, stride, padding), columns = padding_of(input.size(3), kernel, stride, padding);
  const bool even = rows.before == rows.after && columns.before == columns.after;
  if (even) return at::max_pool2d(input, {kernel, kernel}, {stride, stride}, {rows.before, columns.before});
  // SAME of an even side: the last window may hang over the end, which needs no copy of the input.
  const bool hangs_over = stride > 1 && kernel >= stride && rows.before == 0 && columns.before == 0;
  if (hangs_over) return at::max_pool2d(input, {kernel, kernel}, {stride, stride}, {0, 0}, {1, 1}, /*ceil_mode=*/true);
  return at::max_pool2d(padded(input, rows, columns, -std::numeric_limits<double>::infinity()), {kernel, kernel}, {stride, stride});
}

Tensor chain(const Tensor& input, const ChainSpec& spec, const ChainTensors& tensors, const ForwardContext& context) {
  expect_shape(input, {kAny, spec.in, kAny, kAny}, "input of a chain");
  FOVEA_CHECK(spec.stages.size() == tensors.stages.size(), "{} stages, {} sets of tensors", spec.stages.size(), tensors.stages.size());
  Tensor shortcut;
  if (spec.residual == Residual::kIdentity) shortcut = input;
  if (spec.residual == Residual::kProjection) {
    shortcut =
        normalised_and_activated(convolved(input, spec.projection, tensors.projection, context), tensors.projection, {}, Activation::kNone, spec, context);
  }

  Tensor x = input;
  const bool drops = context.training && spec.drop_connect > 0 && shortcut.defined();
  for (size_t i = 0; i < spec.stages.size(); ++i) {
    const Stage& stage = spec.stages[i];
    const StageTensors& t = tensors.stages[i];
    // The residual joins the last stage's norm where nothing stands between them; the sum is then one pass.
    const bool joins = i + 1 == spec.stages.size() && shortcut.defined() && !drops && stage.norm && !stage.activate_first && stage.squeeze == 0 &&
                       stage.activation == Activation::kNone;
    if (stage.activate_first) x = activated(x, stage.activation);
    x = convolved(x, stage, t, context);
    const Activation after = stage.activate_first ? Activation::kNone : stage.activation;
    if (joins) return normalised_and_activated(x, t, shortcut, spec.activation, spec, context);
    x = stage.norm ? normalised_and_activated(x, t, {}, after, spec, context) : activated(x, after);
    if (stage.squeeze > 0) x = squeeze_excited(x, t);
  }
  if (drops) x = sample_dropped(x, spec.drop_connect, context);
  return activated(shortcut.defined() ? x + shortcut : x, spec.activation);
}

}  // namespace fovea::kernels
