#include "fovea/loss/classification.h"

#include <ATen/ops/full.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace fovea::loss {
namespace {

// The logits, labels and partners of tests/goldens/make_optim.py; the goldens are PyTorch 2.13's losses on soft targets.
Tensor golden_logits() {
  std::vector<float> values;
  for (int i = 0; i < 3; ++i) {
    for (int k = 0; k < 4; ++k) values.push_back(static_cast<float>((7 * i + 3 * k) % 9 - 4) / 2);
  }
  return at::tensor(values).reshape({3, 4}).requires_grad_(true);
}

Tensor classes(const std::vector<int64_t>& values) { return at::tensor(values, at::kLong); }

MixedLabels plain() { return {.labels = classes({1, 0, 3})}; }
MixedLabels mixed() { return {.labels = classes({1, 0, 3}), .partner_labels = classes({2, 3, 3}), .lambda = at::tensor({0.75f, 0.25f, 0.5f})}; }

struct LossAndGradient {
  float loss;
  std::vector<float> gradient;
};

LossAndGradient differentiate(const MixedLabels& targets, double smoothing) {
  const Tensor logits = golden_logits();
  const Tensor loss = cross_entropy(logits, targets, smoothing, 6);
  loss.backward();
  const Tensor gradient = logits.grad().contiguous();
  return {loss.item<float>(), {gradient.data_ptr<float>(), gradient.data_ptr<float>() + gradient.numel()}};
}

// 1e-6: float32 sums of a dozen values below 1, in another order
auto near(const std::vector<float>& expected) { return testing::Pointwise(testing::FloatNear(1e-6f), expected); }

TEST(CrossEntropy, EqualsPyTorch) {
  const LossAndGradient result = differentiate(plain(), 0);

  EXPECT_NEAR(result.loss, 0.750594854, 1e-6);
  EXPECT_THAT(result.gradient, near({0.00627339398f, -0.138551265f, 0.126004487f, 0.00627339398f, -0.0933394656f, 0.00365074631f, 0.0163615104f, 0.0733272061f,
                                     0.0248577408f, 0.111404657f, 0.00554651208f, -0.141808927f}));
}

TEST(CrossEntropy, EqualsPyTorchWithSmoothing) {
  const LossAndGradient result = differentiate(plain(), 0.1);

  EXPECT_NEAR(result.loss, 0.775594771, 1e-6);
  EXPECT_THAT(result.gradient, near({0.00210672664f, -0.126051277f, 0.121837802f, 0.00210672664f, -0.08083947f, -0.000515920809f, 0.0121948421f, 0.0691605359f,
                                     0.0206910726f, 0.107237995f, 0.00137984531f, -0.129308924f}));
}

TEST(CrossEntropy, EqualsPyTorchWithSmoothingAndMixUp) {
  const LossAndGradient result = differentiate(mixed(), 0.1);

  EXPECT_NEAR(result.loss, 0.719344795, 1e-6);
  EXPECT_THAT(result.gradient, near({0.00210672664f, -0.0885512605f, 0.0843378007f, 0.00210672664f, 0.0316605307f, -0.000515920809f, 0.0121948421f,
                                     -0.0433394611f, 0.0206910726f, 0.107237995f, 0.00137984531f, -0.129308924f}));
}

TEST(CrossEntropy, IsLogOfKForEqualLogits) {
  const Tensor loss = cross_entropy(at::full({5, 1000}, 3.0f), {.labels = classes({0, 1, 2, 998, 999})}, 0.1, 5);

  EXPECT_NEAR(loss.item<float>(), std::log(1000), 1e-5);  // whatever the smoothing; 1e-5: float32 sums of 5,000 values near 7
}

TEST(CrossEntropy, StaysFiniteForHugeLogits) {
  const Tensor logits = at::tensor({1e30f, -1e30f, 0.0f, 10000.0f, 9999.0f, 0.0f}).reshape({2, 3}).requires_grad_(true);

  const Tensor sure = cross_entropy_each(logits, classes({0, 1}));
  cross_entropy(logits, {.labels = classes({0, 1})}, 0, 1).backward();

  EXPECT_EQ(sure[0].item<float>(), 0);
  EXPECT_NEAR(sure[1].item<float>(), 1.3132617, 1e-6);  // 1 + log(1 + 1/e), by hand
  EXPECT_TRUE(logits.grad().isfinite().all().item<bool>());
}

TEST(CrossEntropy, AddsUpOverMicroBatches) {
  const Tensor logits = golden_logits().detach();
  const MixedLabels all = mixed();

  const Tensor whole = cross_entropy(logits, all, 0.1, 3);
  Tensor parts = at::zeros({});
  for (int64_t row = 0; row < 3; ++row) {
    const auto cut = [row](const Tensor& tensor) { return tensor.slice(0, row, row + 1); };
    parts += cross_entropy(cut(logits), {cut(all.labels), cut(all.partner_labels), cut(all.lambda)}, 0.1, 3);
  }

  EXPECT_NEAR(whole.item<float>(), parts.item<float>(), 1e-6);
}

TEST(CrossEntropy, EachGivesOneLossARow) {
  const Tensor each = cross_entropy_each(golden_logits(), classes({1, 0, 3}));

  EXPECT_THAT(each.sizes().vec(), testing::ElementsAre(3));
  EXPECT_NEAR(each.sum().item<float>() / 6, 0.750594854, 1e-6);  // PyTorch, as above
}

TEST(CrossEntropy, RefusesWrongShapesAndTypes) {
  const Tensor logits = golden_logits();

  EXPECT_THROW(cross_entropy(logits, {.labels = classes({1, 0})}, 0, 1), Error);
  EXPECT_THROW(cross_entropy(logits, {.labels = classes({1, 0, 3}), .lambda = at::ones({3})}, 0, 1), Error);
  EXPECT_THROW(cross_entropy(logits.to(at::kBFloat16), plain(), 0, 1), Error);
  EXPECT_THROW(cross_entropy(logits, plain(), 1, 1), Error);
  EXPECT_THROW(cross_entropy(logits, plain(), 0, 0), Error);
}

}  // namespace
}  // namespace fovea::loss
