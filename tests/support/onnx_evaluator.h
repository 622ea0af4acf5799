// Executes an ONNX graph by tensor operations, for tests: what docs/Operators.md of github.com/onnx/onnx says of each operator, and nothing of the
// code that wrote the graph.
#pragma once

#include "fovea/io/onnx.h"
#include "fovea/tensor/tensor.h"

#include <ATen/Functions.h>

#include <limits>
#include <map>
#include <string>
#include <vector>

namespace fovea::test {

class OnnxEvaluator {
 public:
  explicit OnnxEvaluator(io::OnnxGraph graph) : graph_(std::move(graph)) {}

  /// The outputs by name. throws std::out_of_range for a value that no earlier node gives, kData for an operator or size it does not know
  [[nodiscard]] std::map<std::string, Tensor> operator()(const Tensor& input) const {
    const at::NoGradGuard no_gradient;
    std::map<std::string, Tensor> values{{graph_.inputs.at(0).name, input}};
    for (const io::OnnxTensor& each : graph_.initialisers) values.emplace(each.name, at::tensor(each.values).view(each.shape));
    std::map<std::string, size_t> last_use;  // so that a deep network does not keep every map
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      for (const std::string& name : graph_.nodes[i].inputs) last_use[name] = i;
    }
    std::map<std::string, Tensor> outputs;
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      const io::OnnxNode& node = graph_.nodes[i];
      std::vector<Tensor> inputs;
      for (const std::string& name : node.inputs) inputs.push_back(values.at(name));
      for (const std::string& name : node.inputs) {
        if (last_use.at(name) == i) values.erase(name);
      }
      const Tensor result = run(node, inputs);
      for (const io::OnnxValue& output : graph_.outputs) {
        if (output.name == node.outputs.at(0)) outputs[output.name] = result;
      }
      values[node.outputs.at(0)] = result;
    }
    return outputs;
  }

 private:
  using Numbers = std::vector<int64_t>;

  template <class T>
  static T attribute(const io::OnnxNode& node, const std::string& name) {
    for (const io::OnnxAttribute& each : node.attributes) {
      if (each.name == name) return std::get<T>(each.value);
    }
    throw Error(ErrorCode::kData, node.name + " has no " + name);
  }

  /// pads: top, left, bottom, right
  static Tensor padded(const io::OnnxNode& node, const Tensor& x, double value) {
    const auto pads = attribute<Numbers>(node, "pads");
    return at::constant_pad_nd(x, {pads.at(1), pads.at(3), pads.at(0), pads.at(2)}, value);
  }

  static Tensor run(const io::OnnxNode& node, const std::vector<Tensor>& in) {
    if (node.op == "Sub") return in.at(0) - in.at(1);
    if (node.op == "Div") return in.at(0) / in.at(1);
    if (node.op == "Add") return in.at(0) + in.at(1);
    if (node.op == "Relu") return in.at(0).clamp_min(0);
    if (node.op == "Conv") {
      return at::convolution(padded(node, in.at(0), 0), in.at(1), in.at(2), attribute<Numbers>(node, "strides"), {0, 0}, {1, 1}, false, {0, 0},
                             attribute<int64_t>(node, "group"));
    }
    if (node.op == "MaxPool") {
      return at::max_pool2d(padded(node, in.at(0), -std::numeric_limits<double>::infinity()), attribute<Numbers>(node, "kernel_shape"),
                            attribute<Numbers>(node, "strides"));
    }
    if (node.op == "GlobalAveragePool") return in.at(0).mean({2, 3}, /*keepdim=*/true);
    if (node.op == "Flatten" && attribute<int64_t>(node, "axis") == 1) return in.at(0).flatten(1);
    if (node.op == "Gemm" && attribute<int64_t>(node, "transB") == 1) return at::mm(in.at(0), in.at(1).t()) + in.at(2);
    if (node.op == "Softmax") return in.at(0).softmax(attribute<int64_t>(node, "axis"));
    throw Error(ErrorCode::kData, "operator " + node.op + " is not known");
  }

  io::OnnxGraph graph_;
};

}  // namespace fovea::test
