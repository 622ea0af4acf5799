// What holds for every row of the table of models, with the counts of spec 2.2 and 3.1. Adding a network adds a row to kSpecified.
#include "fovea/model/model.h"

#include <ATen/Functions.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace fovea::model {
namespace {

struct Specified {
  std::string_view name;
  int64_t parameters;        ///< trainable; 1,001 outputs (spec 2.2), a detector's 81 (spec 3.1)
  int64_t convolutions = 0;  ///< 0: the spec does not say
  int64_t moving_statistics = 0;
};
constexpr std::array kSpecified{
    Specified{"resnet18", 11694249},
    Specified{"resnet34", 21802409},
    Specified{"resnet50", 25559081, 53, 53120},
    Specified{"resnet101", 44551209, 104, 105344},
    Specified{"resnet152", 60194857, 155, 151424},
    Specified{"resnet200", 64675881},
    Specified{"resnext50_32x4d", 25030953},
    Specified{"resnext101_32x4d", 44179753},
    Specified{"resnext152_32x4d", 59953449},
    Specified{"ssd_resnet18", 14585014},  // ssd_resnet34's with a backbone of 2,782,784 instead of 8,170,304
    Specified{"ssd_resnet34", 19972534, 51},
    Specified{"ssd_resnet50", 22892214},  // a backbone of 8,543,296 with 1,024 channels, so 768 x (256 + 9 x 4 x 85) more where they are read
};

TEST(ModelTable, HasExactlyTheSpecifiedNetworks) {
  std::vector<std::string> names;
  for (const Specified& row : kSpecified) names.emplace_back(row.name);

  EXPECT_THAT(model_names(), testing::UnorderedElementsAreArray(names));
}

void PrintTo(const Specified& row, std::ostream* out) { *out << row.name; }

class EveryModel : public testing::TestWithParam<Specified> {};
INSTANTIATE_TEST_SUITE_P(Table, EveryModel, testing::ValuesIn(kSpecified), [](const auto& test) { return std::string(test.param.name); });

/// The network as its source describes it; pictures that it can take, as small as makes sense; what they show.
struct Subject {
  Subject(std::string_view name, int64_t num_outputs) {
    ModelOptions options = own_options(model_entry(name));
    options.zero_init_last_gamma = false;  // else most layers have no gradient in the first step
    model = make_model(options, {.num_outputs = num_outputs, .label_smoothing = 0.1});
    at::manual_seed(5);
    if (model->task() == data::Task::kClassify) {
      // 64 px leave 2x2 positions in the last stage: with two pictures 8 values a channel, enough for the statistics of a batch
      images = at::randn({2, 3, 64, 64});
      targets = {.labels = at::tensor({1, 6}, at::kLong)};
    } else {
      images = at::randn({1, 3, 300, 300});
      const int64_t anchors = model->target_encoder()->num_anchors();
      targets = {.classes = at::zeros({1, anchors}, at::kLong), .offsets = at::ones({1, anchors, 4})};
      targets.classes.slice(1, 0, anchors, 3).fill_(2);  // so many that every map has some, and so all others count
    }
    images = images.contiguous(at::MemoryFormat::ChannelsLast);
  }
  std::unique_ptr<Model> model;
  Tensor images;
  data::Targets targets;
};

TEST_P(EveryModel, HasTheSpecifiedSizeAndUniqueNames) {
  const ModelEntry& entry = model_entry(GetParam().name);
  const bool detects = entry.num_outputs == 81;
  const auto model = make_model(own_options(entry), {.num_outputs = detects ? 81 : 1001});

  std::set<std::string> names;
  int64_t convolutions = 0, moving_statistics = 0;
  for (const nn::Parameter& p : model->parameters().all()) {
    names.insert(p.name);
    if (p.value.dim() == 4) ++convolutions;
    if (p.kind == nn::Kind::kStatistic) moving_statistics += p.value.numel();
  }
  EXPECT_EQ(model->parameters().count(), GetParam().parameters);
  EXPECT_EQ(names.size(), model->parameters().all().size());
  if (GetParam().convolutions > 0) {
    EXPECT_EQ(convolutions, GetParam().convolutions);
  }
  if (GetParam().moving_statistics > 0) {
    EXPECT_EQ(moving_statistics, GetParam().moving_statistics);
  }
}

TEST_P(EveryModel, GivesFiniteLogitsAndAGradientToEveryParameter) {
  const Subject subject(GetParam().name, 7);
  const auto& model = subject.model;

  const data::Outputs outputs = model->forward(subject.images, {.training = true});
  const LossTerms terms = model->loss(outputs, subject.targets, static_cast<double>(subject.images.size(0)));
  terms.total.backward();

  EXPECT_EQ(outputs.logits.size(0), subject.images.size(0));
  EXPECT_EQ(outputs.logits.size(-1), 7);
  EXPECT_EQ(outputs.logits.scalar_type(), at::kFloat);
  EXPECT_TRUE(outputs.logits.isfinite().all().item<bool>());
  for (const nn::Parameter* p : model->parameters().trainable()) {
    SCOPED_TRACE(p->name);
    ASSERT_TRUE(p->value.grad().defined());
    EXPECT_TRUE(p->value.grad().isfinite().all().item<bool>());
    EXPECT_GT(p->value.grad().abs().max().item<float>(), 0);
  }
}

}  // namespace
}  // namespace fovea::model
