#include "fovea/model/model.h"

#include "tests/support/close.h"
#include "tests/support/errors.h"

#include <gmock/gmock.h>

namespace fovea::model {
namespace {

ModelOptions torchvision(std::string name) { return {.name = std::move(name), .padding = Padding::kSymmetric, .stage1_projection = false}; }

TEST(ModelName, TakesAHyphenForAnUnderscore) { EXPECT_EQ(model_entry("ResNeXt50-32x4d").name, "resnext50_32x4d"); }

TEST(ModelName, IsRefusedWithTheNearestOne) {
  const auto error = test::error_of([] { (void)model_entry("resnet51"); });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kUsage);
  EXPECT_STREQ(error->what(), "model \"resnet51\" is not known; did you mean \"resnet50\"?");
  EXPECT_EQ(error->advice(), "fovea model");
}

TEST(ResNet, HasTorchvisionsSizeWithoutTheProjectionInStage1) {
  // torchvision's resnet18, 1,000 classes: 11,689,512 parameters
  EXPECT_EQ(make_model(torchvision("resnet18"), {.num_outputs = 1000})->parameters().count(), 11689512);
}

TEST(ResNet, CreatesTheProjectionBeforeTheMainPath) {
  // spec 2.8: the reference numbers its variables in this order
  const auto model = make_model({.name = "resnet18"}, {.num_outputs = 10});

  std::vector<std::string> kernels;
  for (const nn::Parameter& p : model->parameters().all()) {
    if (p.kind == nn::Kind::kKernel) kernels.push_back(p.name);
  }
  kernels.resize(5);
  EXPECT_THAT(kernels,
              testing::ElementsAre("conv1.weight", "layer1.0.downsample.0.weight", "layer1.0.conv1.weight", "layer1.0.conv2.weight", "layer1.1.conv1.weight"));
}

TEST(ResNet, StartsTheSameFromTheSameSeedOnly) {
  const auto first_kernel = [](uint64_t seed) {
    return make_model({.name = "resnet18"}, {.num_outputs = 10, .seed = seed})->parameters().find("layer2.0.conv1.weight")->value;
  };

  const Tensor kernel = first_kernel(1);

  EXPECT_TRUE(kernel.equal(first_kernel(1)));
  EXPECT_FALSE(kernel.equal(first_kernel(2)));
}

TEST(ResNet, StartsTheLastGammasAtZeroWhenAsked) {
  const auto model = make_model({.name = "resnet50", .zero_init_last_gamma = true}, {.num_outputs = 10});

  int64_t zero = 0;
  for (const nn::Parameter& p : model->parameters().all()) {
    if (p.kind == nn::Kind::kGamma && p.value.eq(0).all().item<bool>()) ++zero;
  }
  EXPECT_EQ(zero, 16);  // 3 + 4 + 6 + 3 blocks
  EXPECT_EQ(model->parameters().find("layer1.0.bn3.weight")->value.sum().item<float>(), 0);
  EXPECT_EQ(model->parameters().find("layer1.0.downsample.1.weight")->value.sum().item<float>(), 256);
}

TEST(ResNet, DrawsTheDenseLayerAsAsked) {
  const auto deviation = [](double dense_init_std) {
    const auto model = make_model({.name = "resnet18", .dense_init_std = dense_init_std}, {.num_outputs = 1000});
    return model->parameters().find("fc.weight")->value.std().item<double>();
  };

  EXPECT_NEAR(deviation(0.01), 0.01, 1e-4);                               // RN-K: N(0, 0.01), spec 2.6; 512,000 draws
  EXPECT_NEAR(deviation(0), std::sqrt(6.0 / 1512) / std::sqrt(3), 4e-4);  // glorot uniform, spec 1.2: l = sqrt(6 / (512 + 1000)), deviation l / sqrt(3)
}

TEST(LayerTable, AddsUpToTheKnownWorkOfResNet50) {
  const auto model = make_model(torchvision("resnet50"), {.num_outputs = 1000});

  const std::vector<LayerRow> rows = layer_table(*model, 2, 224, Precision::kFloat32);

  ASSERT_EQ(rows.size(), 18U);  // stem, 16 blocks, dense
  double flops = 0;
  int64_t parameters = 0;
  for (const LayerRow& row : rows) {
    flops += row.forward_flops;
    parameters += row.parameters;
  }
  EXPECT_EQ(flops, 4.0 * 4089184256);  // 4,089,184,256 multiply-adds a picture, counted in PyTorch on convolutions and dense layer; 2 each, 2 pictures
  EXPECT_EQ(parameters, 25557032);     // torchvision's
  EXPECT_EQ(rows[0].forward_flops, 2.0 * 2 * 112 * 112 * 64 * 147);
  EXPECT_EQ(rows[0].backward_flops, rows[0].forward_flops) << "nothing wants the gradient of the pictures";
  EXPECT_EQ(rows[1].backward_flops, 2 * rows[1].forward_flops);
  EXPECT_EQ(rows[1].output, (std::vector<int64_t>{2, 256, 56, 56}));
  EXPECT_EQ(rows[1].output_bytes, 2.0 * 256 * 56 * 56 * 4);
}

TEST(Evaluation, LeavesTheMovingStatisticsAsTheyAre) {
  const auto model = make_model({.name = "resnet18", .stem = Stem::kSmall}, {.num_outputs = 10});
  const Tensor images = at::ones({2, 3, 16, 16}).contiguous(at::MemoryFormat::ChannelsLast);
  const at::NoGradGuard no_gradient;

  (void)model->forward(images, {});

  EXPECT_TRUE(model->parameters().find("bn1.running_mean")->value.eq(0).all().item<bool>());
  EXPECT_TRUE(model->parameters().find("bn1.running_var")->value.eq(1).all().item<bool>());
}

}  // namespace
}  // namespace fovea::model
