#include "fovea/model/onnx.h"

#include <ATen/Functions.h>

#include <algorithm>

namespace fovea::model {
namespace {

using nn::GraphValue;

constexpr std::string_view kBatch = "N";

io::OnnxValue value_info(const GraphValue& value) {
  io::OnnxValue result{.name = value.name, .shape = {std::string(kBatch)}};
  result.shape.insert(result.shape.end(), value.shape.begin(), value.shape.end());
  return result;
}

/// Operators of opset 17: github.com/onnx/onnx, docs/Operators.md.
class OnnxBuilder final : public nn::GraphBuilder {
 public:
  GraphValue convolution(const GraphValue& input, const nn::GraphConvolution& convolution) override {
    const kernels::Stage& stage = convolution.stage;
    const kernels::StageTensors& t = convolution.tensors;
    Tensor weight = t.weight.to(at::kDouble);
    Tensor bias = stage.bias ? t.bias.to(at::kDouble) : at::zeros({stage.out}, at::kDouble);
    if (stage.norm) {  // gamma (w x + b - mean) / deviation + beta = (scale w) x + (b - mean) scale + beta
      const Tensor scale = t.gamma.to(at::kDouble) * (t.moving_variance.to(at::kDouble) + convolution.bn_epsilon).rsqrt();
      weight = weight * scale.view({-1, 1, 1, 1});
      bias = (bias - t.moving_mean) * scale + t.beta;
    }
    const std::string name(convolution.name);
    const Window window = window_of(input, {.kernel = stage.kernel, .stride = stage.stride, .padding = stage.padding});
    std::vector<io::OnnxAttribute> attributes = window.attributes;
    attributes.push_back({"group", stage.groups});
    return node("Conv", {.name = name, .shape = {stage.out, window.height, window.width}},
                {input.name, initialiser(name + ".weight", weight), initialiser(name + ".bias", bias)}, std::move(attributes));
  }

  GraphValue activation(const GraphValue& input, kernels::Activation activation) override {
    if (activation == kernels::Activation::kNone) return input;
    FOVEA_CHECK(activation == kernels::Activation::kRelu, "an activation that export does not know");
    return node("Relu", {.name = input.name + ".relu", .shape = input.shape}, {input.name});
  }

  GraphValue add(const GraphValue& a, const GraphValue& b) override {
    FOVEA_CHECK(a.shape == b.shape, "{} and {} differ in shape", a.name, b.name);
    return node("Add", {.name = a.name + ".sum", .shape = a.shape}, {a.name, b.name});
  }

  GraphValue max_pool(const GraphValue& input, const nn::Pool& pool) override {
    const Window window = window_of(input, pool);
    return node("MaxPool", {.name = input.name + ".pool", .shape = {input.shape.at(0), window.height, window.width}}, {input.name}, window.attributes);
  }

  GraphValue global_mean(const GraphValue& input) override {
    const int64_t channels = input.shape.at(0);
    const GraphValue mean = node("GlobalAveragePool", {.name = input.name + ".mean", .shape = {channels, 1, 1}}, {input.name});
    return node("Flatten", {.name = mean.name + ".flat", .shape = {channels}}, {mean.name}, {{"axis", int64_t{1}}});
  }

  GraphValue dense(const GraphValue& input, const nn::GraphDense& dense) override {
    const std::string name(dense.name);
    return node("Gemm", {.name = name, .shape = {dense.weight.size(0)}},
                {input.name, initialiser(name + ".weight", dense.weight), initialiser(name + ".bias", dense.bias)}, {{"transB", int64_t{1}}});
  }

  GraphValue normalised(const GraphValue& images, const kernels::PixelScale& pixels) {
    const auto constant = [&](const char* name, const std::array<float, 3>& values) {
      return initialiser(name, at::tensor(at::ArrayRef<float>(values.data(), values.size())).view({1, 3, 1, 1}));
    };
    const GraphValue centred = node("Sub", {.name = images.name + ".centred", .shape = images.shape}, {images.name, constant("mean", pixels.mean)});
    return node("Div", {.name = images.name + ".normalised", .shape = images.shape}, {centred.name, constant("std", pixels.std)});
  }

  GraphValue softmax(const GraphValue& logits) {
    return node("Softmax", {.name = "probabilities", .shape = logits.shape}, {logits.name}, {{"axis", int64_t{1}}});
  }

  /// Another name for the value of a node; the network knows only its own layers' names, readers of the file look for this one.
  GraphValue renamed(const GraphValue& value, const std::string& name) {
    for (io::OnnxNode& each : graph_.nodes) {
      std::replace(each.inputs.begin(), each.inputs.end(), value.name, name);
      std::replace(each.outputs.begin(), each.outputs.end(), value.name, name);
    }
    return {.name = name, .shape = value.shape};
  }

  io::OnnxGraph finish(const std::string& name, const GraphValue& input, const std::vector<GraphValue>& outputs) {
    graph_.name = name;
    graph_.inputs = {value_info(input)};
    for (const GraphValue& each : outputs) graph_.outputs.push_back(value_info(each));
    return std::move(graph_);
  }

 private:
  struct Window {
    int64_t height = 0, width = 0;  ///< of the output
    std::vector<io::OnnxAttribute> attributes;
  };

  /// Pads are written out: the operators' own auto_pad is deprecated, and knows no symmetric padding.
  static Window window_of(const GraphValue& input, const nn::Pool& pool) {
    const int64_t height = input.shape.at(1), width = input.shape.at(2);
    const kernels::Pads rows = kernels::padding_of(height, pool.kernel, pool.stride, pool.padding),
                        columns = kernels::padding_of(width, pool.kernel, pool.stride, pool.padding);
    return {.height = kernels::output_side(height, pool.kernel, pool.stride, pool.padding),
            .width = kernels::output_side(width, pool.kernel, pool.stride, pool.padding),
            .attributes = {{"kernel_shape", std::vector{pool.kernel, pool.kernel}},
                           {"strides", std::vector{pool.stride, pool.stride}},
                           {"pads", std::vector{rows.before, columns.before, rows.after, columns.after}}}};
  }

  GraphValue node(std::string op, GraphValue value, std::vector<std::string> inputs, std::vector<io::OnnxAttribute> attributes = {}) {
    graph_.nodes.push_back(
        {.op = std::move(op), .name = value.name, .inputs = std::move(inputs), .outputs = {value.name}, .attributes = std::move(attributes)});
    return value;
  }

  std::string initialiser(std::string name, const Tensor& tensor) {
    const Tensor rows = tensor.to(at::kFloat).contiguous();
    const auto* values = rows.data_ptr<float>();
    graph_.initialisers.push_back({.name = std::move(name), .shape = rows.sizes().vec(), .values = {values, values + rows.numel()}});
    return graph_.initialisers.back().name;
  }

  io::OnnxGraph graph_;
};

}  // namespace

io::OnnxGraph onnx_graph(const Model& model, const OnnxOptions& options) {
  const at::NoGradGuard no_gradient;
  OnnxBuilder builder;
  const GraphValue images{.name = "images", .shape = {3, options.image_size, options.image_size}};
  const GraphValue input = options.pixels ? builder.normalised(images, *options.pixels) : images;
  const GraphValue logits = builder.renamed(model.describe(input, builder), "logits");
  std::vector<GraphValue> outputs{logits};
  if (options.probabilities) outputs.push_back(builder.softmax(logits));
  return builder.finish("fovea", images, outputs);
}

}  // namespace fovea::model
