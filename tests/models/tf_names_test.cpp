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
TensorShapes reference_tensors(const TensorShapes& own) {
  TensorShapes shapes;
  for (const auto& [ours, theirs] : tf_names(own)) {
    std::vector<int64_t> shape = own.at(ours);
    std::ranges::reverse(shape);                           // [in, out]
    if (shape.size() == 4) std::swap(shape[0], shape[1]);  // [height, width, in, out]
    shapes.emplace(theirs, shape);
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

  const NameMap names = tf_names(shapes), back = own_names(reference_tensors(shapes));

  EXPECT_EQ(names.size(), shapes.size());
  EXPECT_EQ(back.size(), shapes.size());
  for (const auto& [ours, theirs] : names) EXPECT_EQ(back.at(theirs), ours);
  EXPECT_THAT(missing_tf_names(reference_tensors(shapes)), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(TfNames, Networks,
                         testing::Values(Network{"resnet18", true}, Network{"resnet18", false}, Network{"resnet34", true}, Network{"resnet34", false},
                                         Network{"resnet50", true}, Network{"resnext50_32x4d", true}),
                         [](const auto& each) { return each.param.name + (each.param.stage1_projection ? "" : "_without_projection"); });

TEST(TfNames, CountLayersAsTheReferenceMakesThem) {  // spec 2.8
  const NameMap names = tf_names(tensors_of({.name = "resnet50"}));

  EXPECT_EQ(names.at("conv1.weight"), "resnet_model/conv2d/kernel");
  EXPECT_EQ(names.at("bn1.running_var"), "resnet_model/batch_normalization/moving_variance");
  EXPECT_EQ(names.at("layer1.0.downsample.0.weight"), "resnet_model/conv2d_1/kernel");
  EXPECT_EQ(names.at("layer1.0.downsample.1.weight"), "resnet_model/batch_normalization_1/gamma");
  EXPECT_EQ(names.at("layer1.0.conv1.weight"), "resnet_model/conv2d_2/kernel");
  EXPECT_EQ(names.at("layer1.0.bn3.bias"), "resnet_model/batch_normalization_4/beta");
  EXPECT_EQ(names.at("layer1.1.bn1.running_mean"), "resnet_model/batch_normalization_5/moving_mean");
  EXPECT_EQ(names.at("layer4.2.conv3.weight"), "resnet_model/conv2d_52/kernel");  // 53 convolutions
  EXPECT_EQ(names.at("fc.weight"), "resnet_model/dense/kernel");
}

TEST(TfNames, CountGroupedKernelsByThemselves) {
  const NameMap names = tf_names(tensors_of({.name = "resnext50_32x4d"}));

  EXPECT_EQ(names.at("layer1.0.conv2.weight"), "resnet_model/Variable");
  EXPECT_EQ(names.at("layer1.0.conv3.weight"), "resnet_model/conv2d_3/kernel");
  EXPECT_EQ(names.at("layer1.0.bn3.weight"), "resnet_model/batch_normalization_4/gamma");
  EXPECT_EQ(names.at("layer4.2.conv2.weight"), "resnet_model/Variable_15");
}

TensorShapes detector(const std::string& name = "ssd_resnet34") {
  ModelOptions options = own_options(model_entry(name));
  return tensors_of(options);
}

/// A row of the table of spec 3.9.
struct Kernels {
  int first, last;
  std::vector<int64_t> shape;
};

TEST(TfNames, AreThoseOfTheTableForADetectorsBackbone) {
  const TensorShapes all = reference_tensors(detector());
  const std::vector<Kernels> table{{1, 6, {3, 3, 64, 64}},     {7, 7, {1, 1, 64, 128}},    {8, 8, {3, 3, 64, 128}},   {9, 15, {3, 3, 128, 128}},
                                   {16, 16, {1, 1, 128, 256}}, {17, 17, {3, 3, 128, 256}}, {18, 28, {3, 3, 256, 256}}};

  EXPECT_EQ(all.at("resnet34/conv2d/kernel"), (std::vector<int64_t>{7, 7, 3, 64}));
  for (const Kernels& row : table) {
    for (int k = row.first; k <= row.last; ++k) {
      SCOPED_TRACE(k);
      EXPECT_EQ(all.at(fmt::format("resnet34/conv2d_{}/kernel", k)), row.shape);
      for (const char* part : {"gamma", "beta", "moving_mean", "moving_variance"})
        EXPECT_EQ(all.at(fmt::format("resnet34/batch_normalization_{}/{}", k, part)), (std::vector<int64_t>{row.shape[3]}));
    }
  }
  EXPECT_EQ(std::ranges::count_if(all, [](const auto& each) { return each.first.starts_with("resnet34/conv2d"); }), 29);
  EXPECT_EQ(std::ranges::count_if(all, [](const auto& each) { return each.first.starts_with("resnet34/"); }), 29 * 5);
}

TEST(TfNames, AreThoseOfTheReferenceForADetectorsHead) {  // spec 3.1, 3.9
  const TensorShapes own = detector();

  const NameMap names = tf_names(own);

  EXPECT_EQ(names.size(), own.size());
  EXPECT_EQ(names.size(), 29U * 5 + 10 * 2 + 12 * 2);
  EXPECT_EQ(names.at("extra.0.conv1.weight"), "ssd/block7-conv1x1/kernel");
  EXPECT_EQ(names.at("extra.0.conv2.bias"), "ssd/block7-conv3x3/bias");
  EXPECT_EQ(names.at("extra.4.conv2.weight"), "ssd/block11-conv3x3/kernel");
  EXPECT_EQ(names.at("class.0.weight"), "ssd/class_net/class-3/kernel");
  EXPECT_EQ(names.at("class.5.bias"), "ssd/class_net/class-8/bias");
  EXPECT_EQ(names.at("box.1.weight"), "ssd/box_net/box-4/kernel");
  EXPECT_EQ(names.at("layer2.0.downsample.0.weight"), "resnet34/conv2d_7/kernel");
  EXPECT_EQ(names.at("layer3.0.downsample.1.running_mean"), "resnet34/batch_normalization_16/moving_mean");
  EXPECT_EQ(reference_tensors(own).at("ssd/class_net/class-4/kernel"), (std::vector<int64_t>{3, 3, 512, 6 * 10}));
}

TEST(TfNames, AreNoneForDetectorsThatTheReferenceHasNot) {
  ModelOptions projecting = own_options(model_entry("ssd_resnet34"));
  projecting.stage1_projection = true;

  EXPECT_THAT(tf_names(detector("ssd_resnet18")), IsEmpty());
  EXPECT_THAT(tf_names(tensors_of(projecting)), IsEmpty());
}

TEST(OwnNames, KnowAWholeDetectorBesideItsMomentum) {
  const TensorShapes own = detector();
  TensorShapes all = reference_tensors(own);
  for (const auto& [name, shape] : reference_tensors(own)) all.emplace(name + "/Momentum", shape);
  all["global_step"] = {};

  const NameMap names = own_names(all);

  EXPECT_EQ(names.size(), own.size());
  EXPECT_EQ(names.at("resnet34/conv2d_1/kernel"), "layer1.0.conv1.weight");
  EXPECT_EQ(names.at("resnet34/conv2d_28/kernel"), "layer3.5.conv2.weight");
  EXPECT_EQ(names.at("resnet34/batch_normalization_28/gamma"), "layer3.5.bn2.weight");
  EXPECT_EQ(names.at("ssd/box_net/box-8/bias"), "box.5.bias");
  EXPECT_THAT(missing_tf_names(all), IsEmpty());
}

TEST(OwnNames, GoOnWithTheLastStageOfAClassifierWithoutScope) {  // what a detector starts from: spec 3.9
  TensorShapes all;
  for (const auto& [name, shape] : reference_tensors(tensors_of({.name = "resnet34", .stage1_projection = false})))
    all.emplace(name.substr(std::string("resnet_model/").size()), shape);

  const NameMap names = own_names(all);

  EXPECT_EQ(names.at("conv2d_7/kernel"), "layer2.0.downsample.0.weight");
  EXPECT_EQ(names.at("conv2d_28/kernel"), "layer3.5.conv2.weight");
  EXPECT_EQ(names.at("conv2d_29/kernel"), "layer4.0.downsample.0.weight");
  EXPECT_EQ(names.at("dense/bias"), "fc.bias");
}

TEST(MissingTfNames, AreThoseThatOthersNeed) {
  const TensorShapes whole = reference_tensors(detector());
  for (const char* name : {"resnet34/conv2d_5/kernel", "resnet34/batch_normalization/beta", "resnet34/batch_normalization_28/moving_variance",
                           "resnet34/conv2d_28/kernel", "ssd/block9-conv1x1/bias", "ssd/class_net/class-8/kernel"}) {
    SCOPED_TRACE(name);
    TensorShapes tensors = whole;
    tensors.erase(name);

    EXPECT_THAT(missing_tf_names(tensors), testing::Contains(name));
  }
}

struct Lacking {
  std::string network, name;
};

class LastKernels : public testing::TestWithParam<Lacking> {};

TEST_P(LastKernels, AreMissedWhenTheirNormsGoOn) {
  TensorShapes tensors = reference_tensors(tensors_of({.name = GetParam().network}));
  ASSERT_EQ(tensors.erase(GetParam().name), 1U);

  EXPECT_THAT(missing_tf_names(tensors), testing::ElementsAre(GetParam().name));
}

// The last of 36 (with the projection in stage 1), of 53, and of 53 less the 16 grouped ones: spec 2.1, 2.8.
INSTANTIATE_TEST_SUITE_P(MissingTfNames, LastKernels,
                         testing::Values(Lacking{"resnet34", "resnet_model/conv2d_36/kernel"}, Lacking{"resnet50", "resnet_model/conv2d_52/kernel"},
                                         Lacking{"resnext50_32x4d", "resnet_model/conv2d_36/kernel"}),
                         [](const auto& each) { return each.param.network; });

TEST(MissingTfNames, AreTheKernelsOfADetectorsLastBlockWhenNothingOfItIsThere) {
  TensorShapes tensors = reference_tensors(detector());
  std::erase_if(tensors, [](const auto& each) { return each.first.find("_27/") != std::string::npos || each.first.find("_28/") != std::string::npos; });

  EXPECT_THAT(missing_tf_names(tensors), testing::ElementsAre("resnet34/conv2d_27/kernel", "resnet34/conv2d_28/kernel"));
}

TEST(MissingTfNames, AreTheNormsAloneWhereTheyAreNumberedOtherwise) {  // spec 3.9, distributed BN
  const std::string own = "resnet34/batch_normalization", other = "resnet34/batch_normalization_v2";
  TensorShapes tensors;
  for (const auto& [name, shape] : reference_tensors(detector())) tensors.emplace(name.starts_with(own) ? other + name.substr(own.size()) : name, shape);

  const std::vector<std::string> missing = missing_tf_names(tensors);

  EXPECT_EQ(missing.size(), 29U * 4);
  EXPECT_THAT(missing, testing::Each(testing::StartsWith(own)));
  EXPECT_EQ(stray_tf_norm(tensors), other);
  EXPECT_EQ(stray_tf_norm(reference_tensors(detector())), std::nullopt);
}

TEST(MissingTfNames, AreTheOtherHalfOfADenseLayerButNotTheWhole) {
  const TensorShapes stem{{"conv2d/kernel", {7, 7, 3, 64}},
                          {"batch_normalization/gamma", {64}},
                          {"batch_normalization/beta", {64}},
                          {"batch_normalization/moving_mean", {64}},
                          {"batch_normalization/moving_variance", {64}}};
  TensorShapes half = stem;
  half["dense/kernel"] = {64, 5};

  EXPECT_THAT(missing_tf_names(stem), IsEmpty());
  EXPECT_THAT(missing_tf_names(half), testing::ElementsAre("dense/bias"));
  EXPECT_THAT(missing_tf_names({{"global_step", {}}}), IsEmpty());
}

TEST(MissingTfNames, DoNotCountToAbsurdNumbers) {
  EXPECT_THAT(missing_tf_names({{"conv2d/kernel", {7, 7, 3, 64}}, {"conv2d_999999999/kernel", {3, 3, 64, 64}}}), testing::SizeIs(4));  // the norm of the stem
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
