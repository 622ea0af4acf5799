#include "fovea/nn/linear.h"

#include "tests/support/close.h"
#include "tests/support/errors.h"

#include <gmock/gmock.h>

namespace fovea::nn {
namespace {

/// weight [[1, 2, 3], [4, 5, 6]], bias [0.5, -1]
Linear two_of_three(Parameters& parameters) {
  Linear layer({.in = 3, .out = 2}, "fc", parameters, {});
  const at::NoGradGuard no_gradient;
  parameters.find("fc.weight")->value.copy_(at::arange(1, 7, at::kFloat).view({2, 3}));
  parameters.find("fc.bias")->value.copy_(at::tensor({0.5F, -1.F}));
  return layer;
}

TEST(Linear, MultipliesAndAddsTheBias) {
  Parameters parameters;
  const Linear layer = two_of_three(parameters);

  const Tensor y = layer.forward(at::tensor({1.F, 0.F, -2.F}).view({1, 3}), {});

  EXPECT_TRUE(y.equal(at::tensor({-4.5F, -9.F}).view({1, 2}))) << y;  // by hand: 1 - 6 + 0.5, 4 - 12 - 1
}

TEST(Linear, StartsWithABiasOfZeroAndAGivenKernel) {
  Parameters parameters;
  const Linear layer({.in = 3, .out = 2}, "fc", parameters, {.distribution = Distribution::kGlorotUniform, .seed = 5});

  EXPECT_TRUE(parameters.find("fc.bias")->value.equal(at::zeros({2})));
  EXPECT_TRUE(parameters.find("fc.weight")->value.equal(initial_kernel({2, 3}, "fc.weight", {.distribution = Distribution::kGlorotUniform, .seed = 5})));
}

TEST(Linear, GivesFloat32FromBFloat16) {
  Parameters parameters;
  const Linear layer = two_of_three(parameters);

  const Tensor y = layer.forward(at::tensor({1.F, 0.F, -2.F}).view({1, 3}), {.precision = Precision::kBFloat16});

  EXPECT_EQ(y.scalar_type(), at::kFloat);
  EXPECT_TRUE(y.equal(at::tensor({-4.5F, -9.F}).view({1, 2}))) << y;  // small whole and half numbers: exact in 8 bits of mantissa
}

TEST(Linear, GivesItsGradientToTheFloat32Masters) {
  Parameters parameters;
  const Linear layer = two_of_three(parameters);

  layer.forward(at::tensor({1.F, 0.F, -2.F}).view({1, 3}), {.precision = Precision::kBFloat16}).sum().backward();

  const Tensor gradient = parameters.find("fc.weight")->value.grad();
  EXPECT_EQ(gradient.scalar_type(), at::kFloat);
  EXPECT_TRUE(gradient.equal(at::tensor({1.F, 0.F, -2.F, 1.F, 0.F, -2.F}).view({2, 3}))) << gradient;
  EXPECT_TRUE(parameters.find("fc.bias")->value.grad().equal(at::ones({2})));
}

TEST(Linear, RefusesAnotherWidth) {
  Parameters parameters;
  const Linear layer = two_of_three(parameters);

  EXPECT_THAT(test::message_of([&] { (void)layer.forward(at::zeros({1, 4}), {}); }), testing::HasSubstr("input of a dense layer is [1, 4], expected [-1, 3]"));
}

}  // namespace
}  // namespace fovea::nn
