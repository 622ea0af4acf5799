// The types that a differentiable result really passed through: read from the graph that the backward pass would follow.
#pragma once

#include "fovea/tensor/tensor.h"

#include <cstdint>
#include <string>
#include <vector>

namespace fovea {

/// Operations of one name whose result has one type.
struct OperationType {
  std::string name;  ///< LibTorch's: "Convolution", "MaxPool2DWithIndices", "LogSoftmax"; our functions by their class: "NormAct"
  at::ScalarType type = at::kFloat;
  int64_t count = 0;
};

/// Every operation that `result` depends on differentiably, by name and type of what it gave, sorted by name. Views and leaves are left out: they compute
/// nothing. Empty when `result` requires no gradient.
std::vector<OperationType> graph_types(const Tensor& result);

/// "ConvolutionBackward0" is "Convolution"; "torch::autograd::CppNode<fovea::kernels::(anonymous namespace)::NormAct>" is "NormAct".
std::string operation_name(std::string node);

}  // namespace fovea
