// What holds for every row of the table of models, with the counts of spec 2.2. Adding a network adds a row to kSpecified.
#include "fovea/model/model.h"

#include <ATen/Functions.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace fovea::model {
namespace {

struct Specified {
  std::string_view name;
  int64_t parameters;        ///< trainable, 1,001 outputs: spec 2.2
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
};

TEST(ModelTable, HasExactlyTheSpecifiedNetworks) {
  std::vector<std::string> names;
  for (const Specified& row : kSpecified) names.emplace_back(row.name);

  EXPECT_THAT(model_names(), testing::UnorderedElementsAreArray(names));
}

void PrintTo(const Specified& row, std::ostream* out) { *out << row.name; }

class EveryModel : public testing::TestWithParam<Specified> {};
INSTANTIATE_TEST_SUITE_P(Table, EveryModel, testing::ValuesIn(kSpecified), [](const auto& test) { return std::string(test.param.name); });

TEST_P(EveryModel, HasTheSpecifiedSizeAndUniqueNames) {
  const auto model = make_model({.name = std::string(GetParam().name)}, {.num_outputs = 1001});

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
    EXPECT_EQ(moving_statistics, GetParam().moving_statistics);
  }
}

TEST_P(EveryModel, GivesFiniteLogitsAndAGradientToEveryParameter) {
  // 64 px leave 2x2 positions in the last stage: with two pictures 8 values a channel, enough for the statistics of a batch
  const auto model = make_model({.name = std::string(GetParam().name)}, {.num_outputs = 7, .label_smoothing = 0.1});
  at::manual_seed(5);
  const Tensor images = at::randn({2, 3, 64, 64}).contiguous(at::MemoryFormat::ChannelsLast);

  const data::Outputs outputs = model->forward(images, {.training = true});
  const LossTerms terms = model->loss(outputs, {.labels = at::tensor({1, 6}, at::kLong)}, 2);
  terms.total.backward();

  EXPECT_EQ(outputs.logits.sizes(), (std::vector<int64_t>{2, 7}));
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
