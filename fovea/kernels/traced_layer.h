// A layer with its spans in a profile: forward around the call, backward between the gradients of its output and of its input.
#pragma once

#include "fovea/kernels/context.h"

#include <string_view>

namespace fovea::kernels {

/// Marks by hooks: the backward of `name` begins when the gradient of `output` is there, and ends when that of `input` is, or another one's begins.
/// Hooks only look on: gradients stay the same, bit for bit.
void mark_backward(Trace& trace, std::string_view name, const Tensor& input, const Tensor& output);

/// compute() gives the output of the layer `name` for `input`.
template <class Compute>
Tensor traced_layer(const ForwardContext& context, std::string_view name, const Tensor& input, const Compute& compute) {
  if (context.trace == nullptr || !context.trace->is_recording()) return compute();
  const Traced forward(context.trace, Activity::kForward, name);
  Tensor output = compute();
  mark_backward(*context.trace, name, input, output);
  return output;
}

}  // namespace fovea::kernels
