#include "fovea/tensor/graph_types.h"

#include <torch/csrc/autograd/function.h>

#include <map>
#include <set>
#include <utility>

namespace fovea {

std::string operation_name(std::string node) {
  if (const size_t end = node.find_last_of('>'); end != std::string::npos) {  // a function of our own
    const size_t begin = node.find_last_of(":<", end - 1);
    return node.substr(begin + 1, end - begin - 1);
  }
  if (const size_t at = node.find("Backward"); at != std::string::npos) node.resize(at);
  return node;
}

std::vector<OperationType> graph_types(const Tensor& result) {
  using torch::autograd::Node;
  std::map<std::pair<std::string, at::ScalarType>, int64_t> counts;
  std::set<Node*> seen;
  std::vector<Node*> open;
  const auto visit = [&](Node* node) {
    if (node != nullptr && seen.insert(node).second) open.push_back(node);
  };
  visit(result.grad_fn().get());
  while (!open.empty()) {
    Node* const node = open.back();
    open.pop_back();
    const std::string name = operation_name(node->name());
    // a leaf's accumulator computes nothing, and views only look
    const bool is_work =
        !node->name().starts_with("torch::autograd::AccumulateGrad") && name != "View" && name != "T" && name != "Unsqueeze" && name != "Squeeze";
    if (is_work && node->num_inputs() > 0) ++counts[{name, c10::typeMetaToScalarType(node->input_metadata(0).dtype())}];
    for (const torch::autograd::Edge& edge : node->next_edges()) visit(edge.function.get());
  }
  std::vector<OperationType> types;
  for (const auto& [key, count] : counts) types.push_back({.name = key.first, .type = key.second, .count = count});
  return types;
}

}  // namespace fovea
