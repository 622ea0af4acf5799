#include "fovea/model/tf_names.h"

#include "fovea/model/model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace fovea::model {
namespace {

using testing::IsEmpty;

TensorShapes tensors_of(const ModelOptions& options) {
  TensorShapes shapes;
  const auto model = make_model(options, {.num_outputs = 10});
  for (const nn::Parameter& each : model->parameters().all()) shapes.emplace(each.name, each.value.sizes().vec());
  return shapes;
}

/// What a checkpoint of TensorFlow has of the network.
TensorShapes reference_tensors(const TensorShapes& own, const std::string& scope) {
  TensorShapes shapes;
  for (const auto& [ours, theirs] : tf_names(own)) {
    std::vector<int64_t> shape = own.at(ours);
    std::ranges::reverse(shape);                           // [in, out]
    if (shape.size() == 4) std::swap(shape[0], shape[1]);  // [height, width, in, out]
    shapes.emplace(scope + theirs, shape);
  }
  return shapes;
}

struct Network {
  std::string name;
  bool stage1_projection;
};

class Networks : public testing::TestWithParam<Network> {
 protected:
  [[nodiscard]] static TensorShapes own() { return tensors_of({.name = GetParam().name, .stage1_projection = GetParam().stage1_projection}); }
};

TEST_P(Networks, HaveANameForEveryTensorAndAreKnownByTheirShapes) {
  const TensorShapes shapes = own();

  const NameMap names = tf_names(shapes), back = own_names(reference_tensors(shapes, "resnet_model/"));

  EXPECT_EQ(names.size(), shapes.size());
  EXPECT_EQ(back.size(), shapes.size());
  for (const auto& [ours, theirs] : names) EXPECT_EQ(back.at("resnet_model/" + theirs), ours);
}

INSTANTIATE_TEST_SUITE_P(TfNames, Networks,
                         testing::Values(Network{"resnet18", true}, Network{"resnet18", false}, Network{"resnet34", true}, Network{"resnet34", false},
                                         Network{"resnet50", true}, Network{"resnext50_32x4d", true}),
                         [](const auto& each) { return each.param.name + (each.param.stage1_projection ? "" : "_without_projection"); });

TEST(TfNames, CountLayersAsTheReferenceMakesThem) {  // spec 2.8
  const NameMap names = tf_names(tensors_of({.name = "resnet50"}));

  EXPECT_EQ(names.at("conv1.weight"), "conv2d/kernel");
  EXPECT_EQ(names.at("bn1.running_var"), "batch_normalization/moving_variance");
  EXPECT_EQ(names.at("layer1.0.downsample.0.weight"), "conv2d_1/kernel");
  EXPECT_EQ(names.at("layer1.0.downsample.1.weight"), "batch_normalization_1/gamma");
  EXPECT_EQ(names.at("layer1.0.conv1.weight"), "conv2d_2/kernel");
  EXPECT_EQ(names.at("layer1.0.bn3.bias"), "batch_normalization_4/beta");
  EXPECT_EQ(names.at("layer1.1.bn1.running_mean"), "batch_normalization_5/moving_mean");
  EXPECT_EQ(names.at("layer4.2.conv3.weight"), "conv2d_52/kernel");  // 53 convolutions
  EXPECT_EQ(names.at("fc.weight"), "dense/kernel");
}

TEST(TfNames, CountGroupedKernelsByThemselves) {
  const NameMap names = tf_names(tensors_of({.name = "resnext50_32x4d"}));

  EXPECT_EQ(names.at("layer1.0.conv2.weight"), "Variable");
  EXPECT_EQ(names.at("layer1.0.conv3.weight"), "conv2d_3/kernel");
  EXPECT_EQ(names.at("layer1.0.bn3.weight"), "batch_normalization_4/gamma");
  EXPECT_EQ(names.at("layer4.2.conv2.weight"), "Variable_15");
}

TEST(OwnNames, KnowTheBackboneOfADetector) {  // the table of spec 3.9: ResNet-34 without a projection in stage 1, without its last stage and head
  TensorShapes all = reference_tensors(tensors_of({.name = "resnet34", .stage1_projection = false}), "resnet34/");
  std::erase_if(all, [](const auto& each) { return each.first.starts_with("resnet34/dense"); });
  for (int k = 29; k <= 35; ++k) {
    all.erase(fmt::format("resnet34/conv2d_{}/kernel", k));
    for (const char* each : {"gamma", "beta", "moving_mean", "moving_variance"}) all.erase(fmt::format("resnet34/batch_normalization_{}/{}", k, each));
  }
  EXPECT_EQ(all.at("resnet34/conv2d_7/kernel"), (std::vector<int64_t>{1, 1, 64, 128}));
  EXPECT_EQ(all.at("resnet34/conv2d_17/kernel"), (std::vector<int64_t>{3, 3, 128, 256}));

  const NameMap names = own_names(all);

  EXPECT_EQ(names.size(), 29U * 5);
  EXPECT_EQ(names.at("resnet34/conv2d_1/kernel"), "layer1.0.conv1.weight");
  EXPECT_EQ(names.at("resnet34/conv2d_7/kernel"), "layer2.0.downsample.0.weight");
  EXPECT_EQ(names.at("resnet34/conv2d_16/kernel"), "layer3.0.downsample.0.weight");
  EXPECT_EQ(names.at("resnet34/batch_normalization_28/gamma"), "layer3.5.bn2.weight");
}

TEST(OwnNames, AreNoneForOtherTensors) {
  EXPECT_THAT(own_names({}), IsEmpty());
  EXPECT_THAT(own_names({{"resnet_model/my_conv2d/kernel", {7, 7, 3, 64}}, {"global_step", {}}, {"conv2d/kernel", {3, 64}}}), IsEmpty());
}

TEST(OwnNames, EndWhereABlockIsNotWhole) {
  const NameMap names =
      own_names({{"conv2d/kernel", {7, 7, 3, 64}}, {"conv2d_1/kernel", {1, 1, 64, 256}}, {"conv2d_2/kernel", {1, 1, 64, 64}}, {"dense/bias", {5}}});

  EXPECT_EQ(names, (NameMap{{"conv2d/kernel", "conv1.weight"}, {"dense/bias", "fc.bias"}}));
}

}  // namespace
}  // namespace fovea::model
