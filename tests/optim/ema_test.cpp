#include "fovea/optim/ema.h"

#include <ATen/ops/equal.h>
#include <gtest/gtest.h>

#include <vector>

namespace fovea::optim {
namespace {

nn::Parameters one_kernel_one_statistic(float kernel, float statistic) {
  nn::Parameters parameters;
  parameters.add({.name = "conv.weight", .kind = nn::Kind::kKernel, .value = at::full({2}, kernel)});
  parameters.add({.name = "bn.running_mean", .kind = nn::Kind::kStatistic, .value = at::full({1}, statistic)});
  return parameters;
}

float first(const Tensor& tensor) { return tensor.detach().flatten()[0].item<float>(); }

void set(nn::Parameter& row, float value) { row.value.detach().fill_(value); }

TEST(Ema, FollowsTheGrowingDecay) {
  nn::Parameters parameters = one_kernel_one_statistic(1, 10);
  Ema ema(parameters, 0.5);

  set(parameters.all()[0], 2);
  ema.update(1);  // decay 2/11: 1 * 2/11 + 2 * 9/11 = 20/11
  EXPECT_FLOAT_EQ(first(ema.values()[0]), 20.0f / 11);

  set(parameters.all()[0], 3);
  ema.update(2);  // decay 3/12: 20/11 / 4 + 3 * 3/4 = 119/44
  EXPECT_FLOAT_EQ(first(ema.values()[0]), 119.0f / 44);

  set(parameters.all()[0], 1);
  ema.update(1000);  // 1001/1010 is above 1/2: 119/88 + 1/2 = 163/88
  EXPECT_FLOAT_EQ(first(ema.values()[0]), 163.0f / 88);
}

TEST(Ema, BeginsAgainAtThePresentValues) {
  nn::Parameters parameters = one_kernel_one_statistic(1, 10);
  Ema ema(parameters, 0.5);
  const Tensor live = ema.values()[0];
  set(parameters.all()[0], 7);

  ema.restart();

  EXPECT_FLOAT_EQ(first(live), 7) << "the tensors stay the same ones";
  EXPECT_FLOAT_EQ(first(ema.values()[1]), 10);
}

TEST(Ema, AveragesStatisticsToo) {
  nn::Parameters parameters = one_kernel_one_statistic(1, 10);
  Ema ema(parameters, 0.5);

  set(parameters.all()[1], 20);
  ema.update(1000);

  EXPECT_FLOAT_EQ(first(ema.values()[1]), 15);
  EXPECT_EQ(first(ema.values()[0]), 1);
}

TEST(Ema, NeedsNoGradient) {
  nn::Parameters parameters = one_kernel_one_statistic(1, 10);
  Ema ema(parameters, 0.5);

  ema.update(1);

  EXPECT_FALSE(ema.values()[0].requires_grad());
}

TEST(SwappedValues, ShowsOtherValuesToEveryHolderAndPutsTheOwnOnesBack) {
  nn::Parameters parameters = one_kernel_one_statistic(1, 10);
  const Tensor held = parameters.all()[0].value;  // as a layer may hold it
  std::vector<Tensor> other{at::full({2}, 5.0f), at::full({1}, 7.0f)};

  {
    const SwappedValues swapped(parameters, other);
    EXPECT_EQ(first(held), 5);
    EXPECT_EQ(first(parameters.all()[1].value), 7);
    EXPECT_EQ(first(other[0]), 1);
  }

  EXPECT_EQ(first(held), 1);
  EXPECT_EQ(first(parameters.all()[1].value), 10);
  EXPECT_EQ(first(other[0]), 5);
}

TEST(SwappedValues, LeavesTheLeafWithItsGradient) {
  nn::Parameters parameters = one_kernel_one_statistic(1, 10);
  nn::Parameter& row = parameters.all()[0];
  (row.value * 3).sum().backward();
  std::vector<Tensor> other{at::full({2}, 5.0f), at::full({1}, 7.0f)};

  { const SwappedValues swapped(parameters, other); }

  EXPECT_TRUE(row.value.is_leaf());
  EXPECT_TRUE(row.value.requires_grad());
  EXPECT_TRUE(at::equal(row.value.grad(), at::full({2}, 3.0f)));
}

TEST(SwappedValues, CountsANewVersion) {
  nn::Parameters parameters = one_kernel_one_statistic(1, 10);
  std::vector<Tensor> other{at::full({2}, 5.0f), at::full({1}, 7.0f)};
  const auto before = parameters.all()[0].value._version();

  const SwappedValues swapped(parameters, other);

  EXPECT_GT(parameters.all()[0].value._version(), before);
}

TEST(SwappedValues, RefusesAnotherNumberOrShape) {
  nn::Parameters parameters = one_kernel_one_statistic(1, 10);
  std::vector<Tensor> few{at::full({2}, 5.0f)};
  std::vector<Tensor> wide{at::full({3}, 5.0f), at::full({1}, 7.0f)};

  EXPECT_THROW(SwappedValues(parameters, few), Error);
  EXPECT_THROW(SwappedValues(parameters, wide), Error);
  EXPECT_EQ(first(parameters.all()[0].value), 1);
}

}  // namespace
}  // namespace fovea::optim
