// Pooling, each once on tensors and once on values of a graph, so that a network is written once for both.
#pragma once

#include "fovea/nn/graph.h"

namespace fovea::nn {

/// max over windows; padded cells never win
Tensor max_pool(const Tensor& input, const Pool& pool, const kernels::ForwardContext& context);
GraphValue max_pool(const GraphValue& input, const Pool& pool, GraphBuilder& graph);

/// [N, C, H, W] -> [N, C] float32: the mean over H and W, summed in float32 (spec 2.1)
Tensor global_mean(const Tensor& input, const kernels::ForwardContext& context);
GraphValue global_mean(const GraphValue& input, GraphBuilder& graph);

}  // namespace fovea::nn
