#include "fovea/nn/pool.h"

namespace fovea::nn {

Tensor max_pool(const Tensor& input, const Pool& pool, const kernels::ForwardContext& /*context*/) {
  return kernels::max_pool(input, pool.kernel, pool.stride, pool.padding);
}
GraphValue max_pool(const GraphValue& input, const Pool& pool, GraphBuilder& graph) { return graph.max_pool(input, pool); }

Tensor global_mean(const Tensor& input, const kernels::ForwardContext& /*context*/) { return input.mean({2, 3}, /*keepdim=*/false, at::kFloat); }
GraphValue global_mean(const GraphValue& input, GraphBuilder& graph) { return graph.global_mean(input); }

}  // namespace fovea::nn
