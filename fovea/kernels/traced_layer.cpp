#include "fovea/kernels/traced_layer.h"

#include <string>

namespace fovea::kernels {

void mark_backward(Trace& trace, std::string_view name, const Tensor& input, const Tensor& output) {
  // The hook on the output of the layer before was registered before ours on the same tensor, so it opens its own part first.
  if (output.requires_grad()) output.register_hook([&trace, part = std::string(name)](const Tensor&) { trace.begin_part(Activity::kBackward, part); });
  if (input.requires_grad()) input.register_hook([&trace, part = std::string(name)](const Tensor&) { trace.end_part(part); });
}

}  // namespace fovea::kernels
