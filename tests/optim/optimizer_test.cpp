#include "fovea/optim/optimizer.h"

#include <ATen/ops/equal.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace fovea::optim {
namespace {

// The weights, gradients and rates of tests/goldens/make_optim.py: all exact in binary.
Tensor golden_weights(int64_t count) {
  std::vector<float> values;
  for (int64_t i = 0; i < count; ++i) values.push_back(static_cast<float>(i % 7 - 3) / 8);
  return at::tensor(values);
}
Tensor golden_gradients(int64_t count, int64_t step) {
  std::vector<float> values;
  for (int64_t i = 0; i < count; ++i) values.push_back(static_cast<float>((5 * i + 3 * step) % 11 - 5) / 16);
  return at::tensor(values);
}
constexpr std::array<double, 10> kRates{0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.0625, 0.0625, 0.0625};

nn::Parameters table(const std::vector<std::pair<nn::Kind, Tensor>>& tensors) {
  nn::Parameters parameters;
  for (const auto& [kind, value] : tensors) {
    parameters.add({.name = fmt::format("{}{}", nn::kKindNames[static_cast<size_t>(kind)], parameters.all().size()), .kind = kind, .value = value});
  }
  return parameters;
}

Tensor& gradient(nn::Parameters& parameters, size_t row) { return parameters.all()[row].value.mutable_grad(); }

std::vector<float> list(const Tensor& tensor) {
  const Tensor values = tensor.detach().contiguous();
  return {values.data_ptr<float>(), values.data_ptr<float>() + values.numel()};
}

// 1e-6: ten steps of float32 on values below 1 against float64
MATCHER_P(Near, expected, "") {
  return testing::ExplainMatchResult(testing::Pointwise(testing::FloatNear(1e-6f), std::vector<float>(expected)), list(arg), result_listener);
}

struct TenSteps {
  Tensor value;
  Tensor momentum;
};

TenSteps ten_steps(Algorithm algorithm) {
  nn::Parameters parameters = table({{nn::Kind::kKernel, golden_weights(6)}});
  Optimizer optimizer(parameters, {.algorithm = algorithm, .momentum = 0.9});
  for (int64_t step = 0; step < 10; ++step) {
    gradient(parameters, 0) = golden_gradients(6, step);
    optimizer.step(kRates[step]);
  }
  return {parameters.all()[0].value, optimizer.state()[0].value};
}

TEST(Momentum, EqualsPyTorchOverTenStepsWithChangingRate) {
  const TenSteps run = ten_steps(Algorithm::kMomentum);

  EXPECT_THAT(run.value, Near(std::vector<float>{0.321325708f, -0.0876034525f, -0.399010901f, -0.363656907f, -0.126566633f, 0.182781463f}));
  EXPECT_THAT(run.momentum, Near(std::vector<float>{-0.0252522478f, 0.257870321f, -0.165976637f, 0.179623464f, -0.167090737f, 0.273734989f}));
}

TEST(Momentum, KerasFormEqualsItsFormulaOverTenSteps) {
  const TenSteps run = ten_steps(Algorithm::kMomentumKeras);

  EXPECT_THAT(run.value, Near(std::vector<float>{0.41414676f, 0.253658474f, -0.625944083f, -0.505283473f, -0.232452846f, 0.102465422f}));
  EXPECT_THAT(run.momentum, Near(std::vector<float>{0.0251642489f, 0.0395240584f, -0.00944371297f, -0.0263226697f, -0.0123663505f, -0.0530517135f}));
}

TEST(Momentum, FormsDifferWhenTheRateChanges) {
  const auto two_steps = [](Algorithm algorithm, double second_rate) {
    nn::Parameters parameters = table({{nn::Kind::kKernel, at::zeros({1})}});
    Optimizer optimizer(parameters, {.algorithm = algorithm, .momentum = 0.5});
    gradient(parameters, 0) = at::ones({1});
    optimizer.step(1);
    optimizer.step(second_rate);
    return parameters.all()[0].value.item<float>();
  };

  // TF: a = 1, w = -1; a = 1/2 + 1, w = -1 - rate * 3/2. Keras: v = -1, w = -1; v = -1/2 - rate, w = -3/2 - rate
  EXPECT_EQ(two_steps(Algorithm::kMomentum, 1), -2.5f);
  EXPECT_EQ(two_steps(Algorithm::kMomentumKeras, 1), -2.5f);
  EXPECT_EQ(two_steps(Algorithm::kMomentum, 0.5), -1.75f);
  EXPECT_EQ(two_steps(Algorithm::kMomentumKeras, 0.5), -2.0f);
}

nn::Parameters ten_lars_steps(bool double_decay) {
  nn::Parameters parameters = table({{nn::Kind::kKernel, golden_weights(6)}, {nn::Kind::kBias, golden_weights(2)}});
  const OptimOptions options{.algorithm = Algorithm::kLars, .momentum = 0.9, .weight_decay = 0.01, .lars_eta = 0.05, .lars_double_decay = double_decay};
  Optimizer optimizer(parameters, options);
  for (int64_t step = 0; step < 10; ++step) {
    gradient(parameters, 0) = golden_gradients(6, step);
    gradient(parameters, 1) = golden_gradients(2, step + 1);
    decay_and_clip(parameters, options);
    optimizer.step(kRates[step]);
  }
  return parameters;
}

TEST(Lars, DecaysOnceByDefault) {
  nn::Parameters parameters = ten_lars_steps(false);

  EXPECT_THAT(parameters.all()[0].value, Near(std::vector<float>{-0.327810906f, -0.232153189f, -0.141771136f, -0.0326685158f, 0.117841987f, 0.238846566f}));
  EXPECT_THAT(parameters.all()[1].value, Near(std::vector<float>{-0.522534578f, 0.259733549f}));
}

TEST(Lars, DecaysTwiceWhenAsked) {
  nn::Parameters parameters = ten_lars_steps(true);

  EXPECT_THAT(parameters.all()[0].value, Near(std::vector<float>{-0.325182222f, -0.230192528f, -0.140799017f, -0.0323510379f, 0.116871867f, 0.237121711f}));
  EXPECT_THAT(parameters.all()[1].value, Near(std::vector<float>{-0.472194386f, 0.289488505f}));
}

TEST(Lars, SkipsBiasGammaAndBeta) {
  nn::Parameters parameters = table({{nn::Kind::kBias, at::ones({1})}, {nn::Kind::kGamma, at::ones({1})}, {nn::Kind::kBeta, at::ones({1})}});
  Optimizer optimizer(parameters, {.algorithm = Algorithm::kLars, .momentum = 0, .weight_decay = 0.5});
  for (size_t row = 0; row < 3; ++row) gradient(parameters, row) = at::full({1}, 2.0f);

  optimizer.step(0.25);  // 1 - 0.25 * 2: no trust ratio, no decay

  EXPECT_EQ(parameters.all()[0].value.item<float>(), 0.5f);
  EXPECT_EQ(parameters.all()[1].value.item<float>(), 0.5f);
  EXPECT_EQ(parameters.all()[2].value.item<float>(), 0.5f);
}

TEST(Lars, TrustsFullyWhenANormIsZero) {
  nn::Parameters parameters = table({{nn::Kind::kKernel, at::zeros({2})}, {nn::Kind::kKernel, at::ones({2})}});
  Optimizer optimizer(parameters, {.algorithm = Algorithm::kLars, .momentum = 0, .weight_decay = 0.5});
  gradient(parameters, 0) = at::full({2}, 2.0f);
  gradient(parameters, 1) = at::zeros({2});

  optimizer.step(0.25);

  EXPECT_TRUE(at::equal(parameters.all()[0].value.detach(), at::full({2}, -0.5f)));   // 0 - 0.25 * (2 + 0.5 * 0)
  EXPECT_TRUE(at::equal(parameters.all()[1].value.detach(), at::full({2}, 0.875f)));  // 1 - 0.25 * (0 + 0.5 * 1)
}

TEST(DecayAndClip, EqualsPyTorchClipGradNorm) {
  nn::Parameters parameters = table({{nn::Kind::kKernel, golden_weights(6)}, {nn::Kind::kBias, golden_weights(2)}, {nn::Kind::kGamma, golden_weights(3)}});
  gradient(parameters, 0) = golden_gradients(6, 0);
  gradient(parameters, 1) = golden_gradients(2, 0);
  gradient(parameters, 2) = golden_gradients(3, 0);

  const Tensor norm = decay_and_clip(parameters, {.weight_decay = 0.5, .clip_norm = 0.25});

  EXPECT_NEAR(norm.item<float>(), 0.943729304, 1e-6);
  EXPECT_THAT(gradient(parameters, 0), Near(std::vector<float>{-0.132453095f, -0.0331132738f, 0.0662265477f, -0.0165566369f, 0.0827831846f, 0}));
  EXPECT_THAT(gradient(parameters, 1), Near(std::vector<float>{-0.132453095f, -0.0331132738f}));
  EXPECT_THAT(gradient(parameters, 2), Near(std::vector<float>{-0.0827831846f, 0, 0.0827831846f}));
}

TEST(DecayAndClip, LeavesShortGradientsBitByBit) {
  nn::Parameters parameters = table({{nn::Kind::kKernel, golden_weights(6)}});
  gradient(parameters, 0) = golden_gradients(6, 0);

  decay_and_clip(parameters, {.weight_decay = 0, .clip_norm = 10});

  EXPECT_TRUE(at::equal(gradient(parameters, 0), golden_gradients(6, 0)));
}

// One of each kind, value 2, gradient 0: afterwards the gradient is the decay times 2.
nn::Parameters one_of_each_kind() {
  nn::Parameters parameters;
  for (const nn::Kind kind : {nn::Kind::kKernel, nn::Kind::kBias, nn::Kind::kGamma, nn::Kind::kBeta, nn::Kind::kStatistic}) {
    nn::Parameter& row = parameters.add({.name = std::string(nn::kKindNames[static_cast<size_t>(kind)]), .kind = kind, .value = at::full({1}, 2.0f)});
    if (row.trainable) row.value.mutable_grad() = at::zeros({1});
  }
  return parameters;
}

std::vector<float> decays(const OptimOptions& options) {
  nn::Parameters parameters = one_of_each_kind();
  decay_and_clip(parameters, options);
  std::vector<float> result;
  for (nn::Parameter* row : parameters.trainable()) result.push_back(row->value.grad().item<float>() / 2);
  return result;
}

TEST(DecayAndClip, DecaysKernelsAndBiasesAsTheReference) { EXPECT_EQ(decays({.weight_decay = 0.25}), (std::vector<float>{0.25f, 0.25f, 0, 0})); }

TEST(DecayAndClip, SparesBiasesWhenAsked) { EXPECT_EQ(decays({.weight_decay = 0.25, .decay_bias = false}), (std::vector<float>{0.25f, 0, 0, 0})); }

TEST(DecayAndClip, LeavesDecayToLars) { EXPECT_EQ(decays({.algorithm = Algorithm::kLars, .weight_decay = 0.25}), (std::vector<float>{0, 0, 0, 0})); }

TEST(DecayAndClip, DecaysForLarsTooWhenDoubled) {
  EXPECT_EQ(decays({.algorithm = Algorithm::kLars, .weight_decay = 0.25, .lars_double_decay = true}), (std::vector<float>{0.25f, 0.25f, 0, 0}));
}

TEST(DecayAndClip, SkipsFrozenRows) {
  nn::Parameters parameters = one_of_each_kind();
  parameters.freeze(std::vector<std::string>{"kern*"});

  decay_and_clip(parameters, {.weight_decay = 0.25});

  EXPECT_EQ(parameters.find("kernel")->value.grad().item<float>(), 0);
  EXPECT_EQ(parameters.find("bias")->value.grad().item<float>(), 0.5f);
}

TEST(L2Loss, IsHalfTheDecayTimesTheSquaresOfKernelsAndBiases) {
  nn::Parameters parameters = one_of_each_kind();

  // 0.25 / 2 * (2^2 + 2^2)
  EXPECT_FLOAT_EQ(l2_loss(parameters, {.weight_decay = 0.25}).item<float>(), 1);
  EXPECT_FLOAT_EQ(l2_loss(parameters, {.weight_decay = 0.25, .decay_bias = false}).item<float>(), 0.5f);
  EXPECT_EQ(l2_loss(parameters, {.algorithm = Algorithm::kLars, .weight_decay = 0.25}).item<float>(), 0);
}

TEST(L2Loss, AddsManySquaresWithoutLosingDigits) {
  nn::Parameters parameters = table({{nn::Kind::kKernel, at::full({1 << 20}, 0.1F)}});

  const double one = 0.1F;
  EXPECT_NEAR(l2_loss(parameters, {.weight_decay = 2}).item<double>(), (1 << 20) * one * one, 1e-6);  // of 10486: float32 ends at 1e-3
}

TEST(L2Loss, HasTheGradientThatDecayAdds) {
  nn::Parameters parameters = table({{nn::Kind::kKernel, golden_weights(6)}});
  const OptimOptions options{.weight_decay = 0.5};
  gradient(parameters, 0) = at::zeros({6});

  decay_and_clip(parameters, options);

  // central difference of the quadratic term along the first axis, exact but for rounding
  const auto loss_at = [&](float value) {
    const at::NoGradGuard no_grad;
    parameters.all()[0].value[0] = value;
    return l2_loss(parameters, options).item<float>();
  };
  EXPECT_NEAR(gradient(parameters, 0)[0].item<float>(), (loss_at(-0.25f) - loss_at(-0.5f)) / 0.25f, 1e-6);
}

TEST(Optimizer, NamesItsStateAfterTheTrainedRows) {
  nn::Parameters parameters = one_of_each_kind();
  parameters.freeze(std::vector<std::string>{"gamma"});
  Optimizer optimizer(parameters, {});

  std::vector<std::string> names;
  for (const StateTensor& tensor : optimizer.state()) names.push_back(tensor.name);

  EXPECT_THAT(names, testing::ElementsAre("momentum/kernel", "momentum/bias", "momentum/beta"));
}

TEST(Optimizer, ContinuesFromStateThatIsCopiedIn) {
  nn::Parameters parameters = table({{nn::Kind::kKernel, at::zeros({1})}});
  Optimizer optimizer(parameters, {.momentum = 0.5});
  gradient(parameters, 0) = at::ones({1});

  optimizer.state()[0].value.fill_(4);
  optimizer.step(1);  // a = 0.5 * 4 + 1

  EXPECT_EQ(parameters.all()[0].value.item<float>(), -3);
}

TEST(Optimizer, LeavesFrozenRowsAlone) {
  nn::Parameters parameters = one_of_each_kind();
  parameters.freeze(std::vector<std::string>{"kernel"});
  Optimizer optimizer(parameters, {});
  for (nn::Parameter& row : parameters.all()) row.value.mutable_grad() = at::ones({1});

  optimizer.step(1);

  EXPECT_EQ(parameters.find("kernel")->value.item<float>(), 2);
  EXPECT_EQ(parameters.find("bias")->value.item<float>(), 1);
  EXPECT_EQ(parameters.find("statistic")->value.item<float>(), 2);
}

TEST(Optimizer, RefusesAStepWithoutGradients) {
  nn::Parameters parameters = table({{nn::Kind::kKernel, at::zeros({1})}});
  Optimizer optimizer(parameters, {});

  EXPECT_THROW(optimizer.step(1), Error);
}

}  // namespace
}  // namespace fovea::optim
