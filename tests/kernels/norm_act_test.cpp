#include "fovea/kernels/norm_act.h"

#include "tests/support/close.h"

#include <ATen/Functions.h>

#include <tuple>

namespace fovea::kernels {
namespace {

using test::expect_close;

/// Everything that one call gives: output, moved statistics, gradients.
struct Result {
  Tensor y, moving_mean, moving_variance, dx, dgamma, dbeta, dresidual;
};

struct Case {
  bool relu = true, residual = false;
  int64_t n = 3, c = 32, side = 7;
};

Tensor noise(std::vector<int64_t> shape, uint64_t seed) {
  at::manual_seed(seed);
  return at::randn(shape);
}

struct Inputs {
  Tensor x, residual, gamma, beta, weights;
  Inputs(const Case& c, at::ScalarType type) {
    // A mean far from zero: sums of squares without a shift would cancel.
    x = (noise({c.n, c.c, c.side, c.side}, 1) + 3).to(type).contiguous(at::MemoryFormat::ChannelsLast).requires_grad_();
    if (c.residual) residual = noise({c.n, c.c, c.side, c.side}, 2).to(type).contiguous(at::MemoryFormat::ChannelsLast).requires_grad_();
    gamma = (noise({c.c}, 3) + 1).requires_grad_();
    beta = noise({c.c}, 4).requires_grad_();
    weights = noise({c.n, c.c, c.side, c.side}, 5);
  }
};

Result by_norm_act(const Case& c, at::ScalarType type) {
  Inputs in(c, type);
  Result r{.moving_mean = at::zeros({c.c}), .moving_variance = at::ones({c.c})};
  r.y = norm_act(in.x, in.gamma, in.beta, r.moving_mean, r.moving_variance, in.residual, {.momentum = 0.9, .epsilon = 1e-5, .relu = c.relu}, nullptr);
  (r.y.to(at::kFloat) * in.weights).sum().backward();
  r.dx = in.x.grad(), r.dgamma = in.gamma.grad(), r.dbeta = in.beta.grad();
  if (c.residual) r.dresidual = in.residual.grad();
  return r;
}

/// LibTorch's own batch norm as the oracle, in float32.
Result by_libtorch(const Case& c, at::ScalarType type) {
  Inputs in(c, type);
  Result r{.moving_mean = at::zeros({c.c}), .moving_variance = at::ones({c.c})};
  r.y = at::batch_norm(in.x.to(at::kFloat), in.gamma, in.beta, r.moving_mean, r.moving_variance, /*training=*/true, /*momentum=*/0.1, 1e-5,
                       /*cudnn_enabled=*/false);
  if (c.residual) r.y = r.y + in.residual;
  if (c.relu) r.y = at::relu(r.y);
  (r.y * in.weights).sum().backward();
  r.dx = in.x.grad(), r.dgamma = in.gamma.grad(), r.dbeta = in.beta.grad();
  if (c.residual) r.dresidual = in.residual.grad();
  return r;
}

class NormAct : public testing::TestWithParam<std::tuple<bool, bool, Precision>> {};

TEST_P(NormAct, EqualsLibTorch) {
  const auto [relu, residual, precision] = GetParam();
  const Case c{.relu = relu, .residual = residual};

  const Result actual = by_norm_act(c, scalar_type(precision)), expected = by_libtorch(c, scalar_type(precision));

  const double limit = test::tolerance(precision);
  expect_close(actual.y, expected.y, limit, "y");
  expect_close(actual.moving_mean, expected.moving_mean, 1e-5, "moving mean");
  expect_close(actual.moving_variance, expected.moving_variance, 1e-5, "moving variance");
  expect_close(actual.dx, expected.dx, limit, "dx");
  expect_close(actual.dgamma, expected.dgamma, limit, "dgamma");
  expect_close(actual.dbeta, expected.dbeta, limit, "dbeta");
  if (residual) expect_close(actual.dresidual, expected.dresidual, limit, "dresidual");
}

INSTANTIATE_TEST_SUITE_P(All, NormAct, testing::Combine(testing::Bool(), testing::Bool(), testing::Values(Precision::kFloat32, Precision::kBFloat16)));

TEST(NormAct, GradientEqualsFiniteDifferences) {
  const Case c{.relu = false, .n = 2, .c = 16, .side = 3};
  const Result r = by_norm_act(c, at::kFloat);
  const Inputs in(c, at::kFloat);
  const auto loss_at = [&](double moved) {
    const at::NoGradGuard no_gradient;
    Tensor x = in.x.detach().clone();
    x.select(0, 1).select(0, 5).select(0, 2)[1] += moved;
    const Tensor y = norm_act(x, in.gamma, in.beta, at::zeros({c.c}), at::ones({c.c}), {}, {.relu = false}, nullptr);
    return (y.to(at::kDouble) * in.weights).sum().item<double>();
  };

  const double difference = (loss_at(1e-2) - loss_at(-1e-2)) / 2e-2;

  EXPECT_NEAR(r.dx[1][5][2][1].item<double>(), difference, 2e-3);  // second order terms of a step of 1e-2
}

TEST(NormAct, PassesNaNOn) {
  Tensor x = at::zeros({1, 16, 2, 2}).contiguous(at::MemoryFormat::ChannelsLast);
  x[0][3][1][1] = std::numeric_limits<float>::quiet_NaN();

  const Tensor y = norm_act(x, at::ones({16}), at::zeros({16}), at::zeros({16}), at::ones({16}), {}, {}, nullptr);

  EXPECT_TRUE(at::isnan(y.select(1, 3)).any().item<bool>());
  EXPECT_FALSE(at::isnan(y.select(1, 4)).any().item<bool>());
}

/// The sums of two equal ranks.
class Doubled final : public StatisticsReducer {
 public:
  void sum(Tensor& sums) override { sums.mul_(2); }
};

TEST(NormAct, TwoEqualRanksEqualOneRank) {
  const Case c;
  Inputs alone(c, at::kFloat), ranked(c, at::kFloat);
  Doubled reducer;
  const auto run = [&](Inputs& in, StatisticsReducer* r) {
    const Tensor y = norm_act(in.x, in.gamma, in.beta, at::zeros({c.c}), at::ones({c.c}), {}, {}, r);
    (y * in.weights).sum().backward();
    return y;
  };

  const Tensor one = run(alone, nullptr), two = run(ranked, &reducer);

  expect_close(two, one, 1e-5, "y");
  expect_close(ranked.x.grad(), alone.x.grad(), 1e-5, "dx");
}

TEST(NormAct, GivesSameBitsOnEveryRun) {
  const Case c{.n = 8, .c = 64, .side = 20};
  const Result first = by_norm_act(c, at::kBFloat16), second = by_norm_act(c, at::kBFloat16);

  EXPECT_TRUE(first.dx.equal(second.dx));
  EXPECT_TRUE(first.dgamma.equal(second.dgamma));
}

TEST(NormAct, TakesFrozenParts) {
  const Case c;
  Inputs in(c, at::kFloat);
  in.gamma.set_requires_grad(false);
  in.x.set_requires_grad(false);
  const Tensor moving = at::zeros({c.c});

  norm_act(in.x, in.gamma, in.beta, moving, at::ones({c.c}), {}, {}, nullptr).sum().backward();

  EXPECT_FALSE(in.gamma.grad().defined());
  EXPECT_TRUE(in.beta.grad().defined());
  EXPECT_GT(moving.abs().min().item<float>(), 0) << "statistics move all the same";
}

}  // namespace
}  // namespace fovea::kernels
