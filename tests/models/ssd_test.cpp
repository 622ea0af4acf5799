#include "fovea/model/ssd.h"

#include "fovea/box/anchors.h"
#include "fovea/box/assign.h"

#include "tests/support/errors.h"

#include <ATen/Functions.h>
#include <gmock/gmock.h>

#include <map>

namespace fovea::model {
namespace {

using testing::ElementsAre;

std::unique_ptr<Model> make(int64_t num_outputs) { return make_model(ssd_options(), {.num_outputs = num_outputs, .seed = 3}); }

Tensor pictures(int64_t side) {
  at::manual_seed(4);
  return at::randn({1, 3, side, side}).contiguous(at::MemoryFormat::ChannelsLast);
}

TEST(Ssd, HasTheMapsAndParametersOfTheSpec) {
  const auto model = make(81);

  std::map<std::string, LayerRow> rows;
  for (const LayerRow& row : layer_table(*model, 1, 300, Precision::kFloat32)) rows[row.name] = row;

  EXPECT_THAT(rows.at("stem").output, ElementsAre(1, 64, 150, 150));
  EXPECT_THAT(rows.at("layer1.2").output, ElementsAre(1, 64, 75, 75));
  EXPECT_THAT(rows.at("layer2.3").output, ElementsAre(1, 128, 38, 38));
  EXPECT_THAT(rows.at("layer3.5").output, ElementsAre(1, 256, 38, 38));
  EXPECT_THAT(rows.at("extra.0").output, ElementsAre(1, 512, 19, 19));
  EXPECT_THAT(rows.at("extra.1").output, ElementsAre(1, 512, 10, 10));
  EXPECT_THAT(rows.at("extra.2").output, ElementsAre(1, 256, 5, 5));
  EXPECT_THAT(rows.at("extra.3").output, ElementsAre(1, 256, 3, 3));
  EXPECT_THAT(rows.at("extra.4").output, ElementsAre(1, 256, 1, 1));
  EXPECT_THAT(rows.at("class.0").output, ElementsAre(1, 324, 38, 38));
  EXPECT_THAT(rows.at("box.5").output, ElementsAre(1, 16, 1, 1));
  std::map<std::string, int64_t> parameters;  // spec 3.1, by part
  for (const auto& [name, row] : rows) parameters[name.substr(0, name.find_first_of("0123456789."))] += row.parameters;
  EXPECT_EQ(parameters.at("stem") + parameters.at("layer"), 8170304);
  EXPECT_EQ(parameters.at("extra"), 3574400);
  EXPECT_EQ(parameters.at("class"), 7840638);
  EXPECT_EQ(parameters.at("box"), 387192);
}

TEST(Ssd, DrawsExtraLayersAndHeadsUniformlyAndBeginsEveryBlockAsTheIdentity) {
  const auto model = make(81);

  const Tensor head = model->parameters().find("class.1.weight")->value;
  const double limit = std::sqrt(6.0 / (9 * 512 + 9 * 486));  // glorot_uniform, spec 1.2
  EXPECT_NEAR(head.abs().max().item<double>(), limit, 1e-4);
  EXPECT_EQ(model->parameters().find("class.1.bias")->value.abs().max().item<float>(), 0);
  EXPECT_EQ(model->parameters().find("layer2.0.bn2.weight")->value.abs().max().item<float>(), 0);
  EXPECT_EQ(model->parameters().find("layer1.0.downsample.0.weight"), nullptr);
}

TEST(Ssd, GivesRowsInTheOrderOfTheDefaultBoxes) {
  // Only the bias of one channel speaks: class 2 of the fourth shape of the third map, and tx of the second shape of the last.
  const auto model = make(3);
  for (nn::Parameter& p : model->parameters().all()) {
    if (!p.name.starts_with("class.") && !p.name.starts_with("box.")) continue;
    p.value.detach().zero_();
  }
  model->parameters().find("class.2.bias")->value.detach()[3 * 3 + 2] = 5;
  model->parameters().find("box.5.bias")->value.detach()[1 * 4 + 1] = 7;
  const at::NoGradGuard no_gradient;

  const data::Outputs outputs = model->forward(pictures(300), {});

  ASSERT_EQ(outputs.logits.sizes(), (std::vector<int64_t>{1, 8732, 3}));
  ASSERT_EQ(outputs.offsets.sizes(), (std::vector<int64_t>{1, 8732, 4}));
  const Tensor expected = at::zeros({1, 8732, 3});
  for (int64_t cell = 0; cell < 100; ++cell) expected[0][7942 + 6 * cell + 3][2] = 5;  // spec 3.3: the third level begins at 7942, has 10x10 cells of 6
  EXPECT_TRUE(outputs.logits.equal(expected));
  EXPECT_EQ(outputs.offsets[0][8728 + 1][1].item<float>(), 7);
  EXPECT_EQ(outputs.offsets.abs().sum().item<float>(), 7);
}

TEST(Ssd, RefusesPicturesOfAnotherSize) {
  const auto model = make(3);

  const auto error = test::error_of([&] { (void)model->forward(pictures(224), {}); });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kConfig);
  EXPECT_STREQ(error->what(), "an SSD of 300 pixels cannot take pictures of 224x224");
}

TEST(Ssd, DetectsWhatItsTargetsSay) {
  // Outputs that say exactly the targets of two objects give these two back, and nothing else.
  const auto model = make(4);
  const std::vector<data::Object> objects{{.box = {.y0 = 0.1F, .x0 = 0.2F, .y1 = 0.4F, .x1 = 0.45F}, .class_id = 3},
                                          {.box = {.y0 = 0.55F, .x0 = 0.5F, .y1 = 0.95F, .x1 = 0.9F}, .class_id = 1}};
  const auto encoder = model->target_encoder();
  const Tensor classes = at::empty({2, encoder->num_anchors()}, at::kLong), offsets = at::empty({2, encoder->num_anchors(), 4});
  encoder->encode(objects, classes.data_ptr<int64_t>(), offsets.data_ptr<float>());
  encoder->encode({}, classes[1].data_ptr<int64_t>(), offsets[1].data_ptr<float>());
  const Tensor logits = 12 * at::one_hot(classes, 4).to(at::kFloat);

  const std::vector<std::vector<box::Detection>> found = model->detect({.logits = logits, .offsets = offsets});

  EXPECT_GT(classes[0].gt(0).sum().item<int64_t>(), 2);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_THAT(found[1], testing::IsEmpty());
  ASSERT_EQ(found[0].size(), 2U);
  for (const box::Detection& each : found[0]) {
    const data::Object& object = objects.at(each.class_id == 3 ? 0 : 1);
    EXPECT_EQ(each.class_id, object.class_id);
    EXPECT_GT(each.score, 0.99F);
    EXPECT_GT(box::iou(each.box, object.box), 0.999F);
  }
}

TEST(Ssd, TakesTheFirstThreeStagesOfAnotherNetworkForItsBackbone) {
  const auto detector = make(3);
  const auto classifier = make_model({.name = "resnet34", .stage1_projection = false}, {.num_outputs = 10});

  for (const nn::Parameter& p : detector->parameters().all()) {
    SCOPED_TRACE(p.name);
    if (!detector->is_backbone(p.name)) continue;
    const nn::Parameter* same = classifier->parameters().find(p.name);
    ASSERT_NE(same, nullptr);
    EXPECT_EQ(same->value.sizes(), p.value.sizes());
  }
  EXPECT_FALSE(detector->is_backbone("class.0.weight"));
  EXPECT_FALSE(detector->is_backbone("layer4.0.conv1.weight"));
  EXPECT_FALSE(detector->is_backbone("fc.bias"));
}

TEST(Ssd, LeavesOutTheWorkOfFrozenLayersWhoseStatisticsMove) {
  // spec 3.2: the stem and the first convolution with its norm
  const auto model = make(3);
  model->parameters().freeze(std::vector<std::string>{"conv1.weight", "bn1.*", "layer1.0.conv1.weight", "layer1.0.bn1.*"});
  std::map<std::string, bool> has_gradient;
  kernels::ForwardContext context{.training = true};
  context.observer = [&](const kernels::LayerReport& layer) { has_gradient[std::string(layer.name)] = layer.output.requires_grad(); };

  const data::Outputs outputs = model->forward(pictures(300), context);
  (outputs.logits.sum() + outputs.offsets.sum()).backward();

  EXPECT_FALSE(has_gradient.at("stem"));
  EXPECT_TRUE(has_gradient.at("layer1.0"));
  nn::Parameters& parameters = model->parameters();
  EXPECT_FALSE(parameters.find("conv1.weight")->value.grad().defined());
  EXPECT_FALSE(parameters.find("layer1.0.conv1.weight")->value.grad().defined());
  EXPECT_TRUE(parameters.find("layer1.0.conv2.weight")->value.grad().defined());
  EXPECT_GT(parameters.find("bn1.running_mean")->value.abs().max().item<float>(), 0);
  EXPECT_GT(parameters.find("layer1.0.bn1.running_mean")->value.abs().max().item<float>(), 0);
}

}  // namespace
}  // namespace fovea::model
