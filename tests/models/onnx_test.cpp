// Every network of the table, written as an ONNX file, read back and executed by the operators' definitions: the same logits as Fovea's.
#include "fovea/model/onnx.h"

#include "tests/models/formula.h"
#include "tests/support/errors.h"
#include "tests/support/onnx_evaluator.h"
#include "tests/support/onnx_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace fovea::model {
namespace {

using testing::Contains;
using testing::ElementsAre;

constexpr int64_t kOutputs = 7;
constexpr double kLimit = 1e-4;  // the issue's; of logits of about 1

std::unique_ptr<Model> filled_model(const ModelOptions& options) {
  auto model = make_model(options, {.num_outputs = kOutputs});
  test::fill(model->parameters());
  return model;
}

/// Through the bytes, as any other reader gets it.
io::OnnxGraph exported(const Model& model, const OnnxOptions& options) {
  return test::read_onnx(io::onnx_bytes({.producer = "fovea", .graph = onnx_graph(model, options)})).model.graph;
}

Tensor pictures(int64_t batch, int64_t side) {
  return at::tensor(test::draws("pictures", batch * 3 * side * side)).to(at::kFloat).view({batch, 3, side, side});
}

Tensor reference_logits(const Model& model, const Tensor& images) {
  const at::NoGradGuard no_gradient;
  return model.forward(images.contiguous(at::MemoryFormat::ChannelsLast), {.path = kernels::Path::kReference}).logits;
}

void expect_same_logits(const ModelOptions& options, int64_t side) {
  const auto model = filled_model(options);
  const test::OnnxEvaluator evaluator(exported(*model, {.image_size = side}));
  for (const int64_t batch : {1, 2}) {
    SCOPED_TRACE(batch);
    const Tensor images = pictures(batch, side);
    const Tensor expected = reference_logits(*model, images);

    const Tensor actual = evaluator(images).at("logits");

    ASSERT_EQ(actual.sizes(), expected.sizes());
    EXPECT_LE((actual - expected).abs().max().item<double>(), kLimit);
    EXPECT_GT(expected.std().item<double>(), 0.05);  // else everything would be near everything
  }
}

std::vector<std::string> classifiers() {
  std::vector<std::string> names = model_names();
  std::erase_if(names, [](const std::string& name) { return name.starts_with("ssd_"); });
  return names;
}

class OnnxOfEveryModel : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Table, OnnxOfEveryModel, testing::ValuesIn(classifiers()), [](const auto& test) { return test.param; });

TEST(Onnx, RefusesADetector) {
  const auto model = make_model({.name = "ssd_resnet18"}, {.num_outputs = 3});

  const auto error = test::error_of([&] { (void)onnx_graph(*model, {.image_size = 300}); });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kUsage);
  EXPECT_STREQ(error->what(), "export writes classifiers only, and this network is a detector");
}

TEST_P(OnnxOfEveryModel, GivesTheLogits) { expect_same_logits({.name = GetParam()}, 64); }
TEST_P(OnnxOfEveryModel, GivesTheLogitsWithTheSmallStem) { expect_same_logits({.name = GetParam(), .stem = Stem::kSmall}, 32); }

TEST_P(OnnxOfEveryModel, HasEveryParameterOnceAndNoNameBeforeItsOrigin) {
  const auto model = make_model({.name = GetParam()}, {.num_outputs = kOutputs});
  // A convolution and its norm become one weight and one bias.
  std::map<std::string, std::vector<int64_t>> expected;
  for (const nn::Parameter& p : model->parameters().all()) {
    if (p.kind != nn::Kind::kKernel) continue;
    const std::string layer = p.name.substr(0, p.name.rfind('.'));
    expected[layer + ".weight"] = p.value.sizes().vec();
    expected[layer + ".bias"] = {p.value.size(0)};
  }

  const io::OnnxGraph graph = exported(*model, {.image_size = 64});

  std::set<std::string> origins{"images"};
  std::map<std::string, int> uses;
  for (const io::OnnxTensor& each : graph.initialisers) {
    EXPECT_TRUE(origins.insert(each.name).second) << each.name;
    ASSERT_TRUE(expected.contains(each.name)) << each.name;
    EXPECT_EQ(each.shape, expected.at(each.name)) << each.name;
    uses[each.name] = 0;
  }
  EXPECT_EQ(graph.initialisers.size(), expected.size());
  for (const io::OnnxNode& node : graph.nodes) {
    for (const std::string& name : node.inputs) {
      EXPECT_THAT(origins, Contains(name)) << node.name;
      if (uses.contains(name)) ++uses[name];
    }
    for (const std::string& name : node.outputs) EXPECT_TRUE(origins.insert(name).second) << name;
  }
  for (const auto& [name, count] : uses) EXPECT_EQ(count, 1) << name;
  EXPECT_THAT(origins, Contains("logits"));
}

// Every stem and padding, and a side that strides do not divide.
TEST(Onnx, PadsTheKerasStemAsTheNetworkDoes) { expect_same_logits({.name = "resnet18", .stem = Stem::kKeras}, 64); }
TEST(Onnx, PadsAsTorchvisionDoes) { expect_same_logits({.name = "resnet18", .padding = Padding::kSymmetric, .stage1_projection = false}, 64); }
TEST(Onnx, PadsOddSides) { expect_same_logits({.name = "resnet18"}, 75); }
TEST(Onnx, KnowsTheEpsilon) { expect_same_logits({.name = "resnet18", .stem = Stem::kSmall, .bn_epsilon = 0.1}, 32); }

const io::OnnxNode& node_of(const io::OnnxGraph& graph, const std::string& name) {
  const auto node = std::ranges::find(graph.nodes, name, &io::OnnxNode::name);
  if (node == graph.nodes.end()) throw std::out_of_range(name);
  return *node;
}

std::vector<int64_t> numbers(const io::OnnxNode& node, const std::string& name) {
  return std::get<std::vector<int64_t>>(std::ranges::find(node.attributes, name, &io::OnnxAttribute::name)->value);
}

TEST(Onnx, WritesPadsOut) {
  const auto model = make_model({.name = "resnet18"}, {.num_outputs = kOutputs});

  const io::OnnxGraph graph = exported(*model, {.image_size = 64});

  // SAME, spec 1.1: (32 - 1) * 2 + 7 - 64 = 5 pixels, the odd one at the bottom and right; pooling (16 - 1) * 2 + 3 - 32 = 1
  EXPECT_THAT(numbers(node_of(graph, "conv1"), "pads"), ElementsAre(2, 2, 3, 3));
  EXPECT_THAT(numbers(node_of(graph, "conv1.relu.pool"), "pads"), ElementsAre(0, 0, 1, 1));
  EXPECT_THAT(numbers(node_of(graph, "layer2.0.downsample.0"), "strides"), ElementsAre(2, 2));
}

TEST(Onnx, FoldsTheNormIntoTheConvolution) {
  const auto model = make_model({.name = "resnet18", .bn_epsilon = 1}, {.num_outputs = kOutputs});
  nn::Parameters& all = model->parameters();
  const at::NoGradGuard no_gradient;
  all.find("conv1.weight")->value.fill_(6);
  all.find("bn1.weight")->value.fill_(0.5);
  all.find("bn1.bias")->value.fill_(10);
  all.find("bn1.running_mean")->value.fill_(4);
  all.find("bn1.running_var")->value.fill_(3);

  const io::OnnxGraph graph = exported(*model, {.image_size = 32});

  // scale 0.5 / sqrt(3 + 1) = 0.25; weight 6 * 0.25; bias 10 - 4 * 0.25
  EXPECT_EQ(graph.initialisers[0].name, "conv1.weight");
  EXPECT_THAT(graph.initialisers[0].values, testing::Each(1.5F));
  EXPECT_EQ(graph.initialisers[1].name, "conv1.bias");
  EXPECT_THAT(graph.initialisers[1].values, testing::Each(9.0F));
}

TEST(Onnx, TakesLevelsWhenItKnowsTheScale) {
  const auto model = filled_model({.name = "resnet18", .stem = Stem::kSmall});
  const kernels::PixelScale pixels{.mean = {120, 110, 100}, .std = {60, 50, 40}};
  const Tensor levels = (pictures(2, 32) + 1) * 127.5;
  const Tensor rows = levels.permute({0, 2, 3, 1}).contiguous();
  const Tensor expected = reference_logits(*model, kernels::normalize(rows, {}, pixels, Precision::kFloat32));

  const Tensor actual = test::OnnxEvaluator(exported(*model, {.image_size = 32, .pixels = pixels}))(levels).at("logits");

  EXPECT_LE((actual - expected).abs().max().item<double>(), kLimit);
}

TEST(Onnx, GivesProbabilitiesWhenAsked) {
  const auto model = filled_model({.name = "resnet18", .stem = Stem::kSmall});
  const Tensor images = pictures(3, 32);

  const auto outputs = test::OnnxEvaluator(exported(*model, {.image_size = 32, .probabilities = true}))(images);

  EXPECT_LE((outputs.at("probabilities") - reference_logits(*model, images).softmax(1)).abs().max().item<double>(), kLimit);
  EXPECT_LE((outputs.at("logits") - reference_logits(*model, images)).abs().max().item<double>(), kLimit);
  EXPECT_FALSE(test::OnnxEvaluator(exported(*model, {.image_size = 32}))(images).contains("probabilities"));
}

TEST(Onnx, DeclaresItsInputAndOutputsForAnyBatch) {
  const auto model = make_model({.name = "resnet18"}, {.num_outputs = kOutputs});

  const io::OnnxGraph graph = exported(*model, {.image_size = 64, .probabilities = true});

  using Shape = std::vector<std::variant<int64_t, std::string>>;
  ASSERT_EQ(graph.inputs.size(), 1U);
  EXPECT_EQ(graph.inputs[0].name, "images");
  EXPECT_EQ(graph.inputs[0].shape, (Shape{"N", int64_t{3}, int64_t{64}, int64_t{64}}));
  ASSERT_EQ(graph.outputs.size(), 2U);
  EXPECT_EQ(graph.outputs[0].name, "logits");
  EXPECT_EQ(graph.outputs[0].shape, (Shape{"N", int64_t{7}}));
  EXPECT_EQ(graph.outputs[1].name, "probabilities");
  EXPECT_EQ(graph.outputs[1].shape, (Shape{"N", int64_t{7}}));
}

}  // namespace
}  // namespace fovea::model
