#include "fovea/kernels/convolution.h"

#include "tests/support/close.h"

#include <ATen/Functions.h>

namespace fovea::kernels {
namespace {

struct Case {
  int64_t n, in, out, side, kernel, stride;
  ConvolutionOptions options() const { return {.stride = stride, .padding = {kernel / 2, kernel / 2}}; }
};

struct Inputs {
  Tensor x, weight, bias;
  explicit Inputs(const Case& c) {
    at::manual_seed(7);
    x = at::randn({c.n, c.in, c.side, c.side}).to(at::kBFloat16).contiguous(at::MemoryFormat::ChannelsLast).requires_grad_();
    weight =
        at::randn({c.out, c.in, c.kernel, c.kernel}).to(at::kBFloat16).to(at::kFloat).requires_grad_();  // the cast loses nothing: the oracle sees the same
    bias = at::randn({c.out}).to(at::kBFloat16).to(at::kFloat).requires_grad_();
  }
};

Tensor upstream(const Tensor& y) {
  at::manual_seed(8);
  return at::randn(y.sizes()).to(at::kBFloat16).to(y.scalar_type());
}

class Convolution : public testing::TestWithParam<Case> {};

// LibTorch's convolution in float64 as the oracle; the limit is what bfloat16 results are rounded by.
TEST_P(Convolution, EqualsLibTorchInFloat64) {
  const Case c = GetParam();
  if (!convolution_takes(Inputs(c).x)) GTEST_SKIP() << "this processor multiplies no bfloat16 matrices";
  const Inputs actual(c), expected(c);

  const Tensor y = convolution(actual.x, actual.weight, actual.bias, c.options());
  y.backward(upstream(y));
  const auto wide = [](const Tensor& t) { return t.detach().to(at::kDouble).requires_grad_(); };
  const Tensor wide_x = wide(expected.x), wide_weight = wide(expected.weight), wide_bias = wide(expected.bias);
  const Tensor oracle = at::conv2d(wide_x, wide_weight, wide_bias, {c.stride, c.stride}, {c.kernel / 2, c.kernel / 2});
  oracle.backward(upstream(oracle));

  EXPECT_LT(test::relative_norm_error(y, oracle), 4e-3);
  EXPECT_LT(test::relative_norm_error(actual.x.grad(), wide_x.grad()), 4e-3);
  EXPECT_LT(test::relative_norm_error(actual.weight.grad(), wide_weight.grad()), 4e-3);
  EXPECT_LT(test::relative_norm_error(actual.bias.grad(), wide_bias.grad()), 4e-3);
  EXPECT_EQ(actual.weight.grad().scalar_type(), at::kFloat);
  EXPECT_EQ(actual.bias.grad().scalar_type(), at::kFloat);
  EXPECT_EQ(actual.x.grad().scalar_type(), at::kBFloat16);
}

INSTANTIATE_TEST_SUITE_P(Shapes, Convolution,
                         testing::Values(Case{2, 16, 32, 9, 1, 1},    // one tap
                                         Case{2, 16, 32, 9, 1, 2},    // one tap, every other pixel
                                         Case{3, 32, 16, 2, 3, 1},    // few pixels, most taps outside
                                         Case{2, 16, 32, 13, 3, 2},   // 7 x 7 behind: the last size that is a product
                                         Case{2, 16, 32, 8, 3, 1},    // 8 x 8: LibTorch's
                                         Case{1, 16, 16, 38, 3, 1},   // widened from 38 to 40 columns
                                         Case{1, 16, 16, 75, 3, 2},   // the same behind a stride
                                         Case{2, 3, 16, 32, 7, 2}));  // the stem

TEST(Convolution, LeavesOutGradientsThatNobodyWants) {
  const Case c{2, 16, 32, 4, 3, 1};
  Inputs frozen(c), first(c);
  if (!convolution_takes(frozen.x)) GTEST_SKIP() << "this processor multiplies no bfloat16 matrices";
  frozen.weight.requires_grad_(false);
  first.x.requires_grad_(false);

  convolution(frozen.x, frozen.weight, {}, c.options()).sum().backward();
  convolution(first.x, first.weight, {}, c.options()).sum().backward();

  EXPECT_TRUE(frozen.x.grad().defined());
  EXPECT_FALSE(frozen.weight.grad().defined());
  EXPECT_TRUE(first.weight.grad().defined());
  EXPECT_FALSE(first.x.grad().defined());
}

TEST(Convolution, GivesSameBitsOnEveryRun) {
  const Case c{8, 64, 128, 7, 3, 1};
  Inputs one(c), two(c);
  if (!convolution_takes(one.x)) GTEST_SKIP() << "this processor multiplies no bfloat16 matrices";

  for (Inputs* in : {&one, &two}) {
    const Tensor y = convolution(in->x, in->weight, {}, c.options());
    y.backward(upstream(y));
  }

  EXPECT_TRUE(one.weight.grad().equal(two.weight.grad()));
  EXPECT_TRUE(one.x.grad().equal(two.x.grad()));
}

}  // namespace
}  // namespace fovea::kernels
