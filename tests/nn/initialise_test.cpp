#include "fovea/nn/initialise.h"

#include "tests/support/close.h"
#include "tests/support/errors.h"

#include <gmock/gmock.h>

namespace fovea::nn {
namespace {

// 1,152,000 draws: their deviation is known to 0.07 % (one standard error), 0.1 % for normal draws; limits are five of those.
const std::vector<int64_t> kShape{1000, 128, 3, 3};  // fan_in 1,152, fan_out 9,000
constexpr double kShare = 0.005;

/// deviation and largest value that spec 1.2 gives, worked out beside each row
struct Expected {
  Distribution distribution;
  double std;
  double deviation;
  double bound;
};

class InitialKernel : public testing::TestWithParam<Expected> {};

TEST_P(InitialKernel, HasTheSpecifiedMeanDeviationAndBound) {
  const auto& [distribution, std, deviation, bound] = GetParam();

  const Tensor kernel = initial_kernel(kShape, "conv.weight", {.distribution = distribution, .std = std}).to(at::kDouble);

  EXPECT_EQ(kernel.sizes(), kShape);
  EXPECT_NEAR(kernel.std().item<double>(), deviation, kShare * deviation);
  EXPECT_NEAR(kernel.mean().item<double>(), 0, kShare * deviation);
  EXPECT_LE(kernel.abs().max().item<double>(), bound * (1 + 1e-6));  // rounding to float32
  EXPECT_GE(kernel.abs().max().item<double>(), 0.95 * bound) << "the tails are there";
}
// The third: the largest of 1.15 million normal draws lies between 4.5 and 6.5 deviations but for one run in ten million.
INSTANTIATE_TEST_SUITE_P(Distributions, InitialKernel,
                         testing::Values(Expected{Distribution::kVarianceScaling, 0, 0.02946278, 0.06698926},  // sqrt(1 / 1152), 2 / 0.87962566 of it
                                         Expected{Distribution::kHeNormal, 0, 0.04166667, 0.09473712},         // sqrt(2 / 1152), 2 / 0.87962566 of it
                                         Expected{Distribution::kGlorotUniform, 0, 0.01403587, 0.02431083}));  // l = sqrt(6 / (1152 + 9000)); l / sqrt(3)

TEST(InitialKernel, IsNormalWithTheDeviationAskedFor) {
  const Tensor kernel = initial_kernel({1000, 1152}, "fc.weight", {.distribution = Distribution::kNormal, .std = 0.01}).to(at::kDouble);

  EXPECT_NEAR(kernel.std().item<double>(), 0.01, kShare * 0.01);
  // share beyond 2 deviations: 4.55 % (table of the normal distribution), so nothing was cut; five standard errors of 1,152,000 draws
  EXPECT_NEAR(kernel.abs().gt(0.02).to(at::kDouble).mean().item<double>(), 0.0455, 0.001);
}

TEST(InitialKernel, CountsTheInputsOfOneGroup) {
  // spec 1.2: a grouped kernel's fan_in is k * k * C / g; [64, 4, 3, 3]: 36, sqrt(1 / 36)
  const Tensor kernel = initial_kernel({6400, 4, 3, 3}, "grouped.weight", {});

  EXPECT_NEAR(kernel.std().item<double>(), 1.0 / 6, 0.001);
}

TEST(InitialKernel, IsTheSameForAnyNumberOfThreads) {
  const int64_t threads = compute_threads();
  set_compute_threads(1);
  const Tensor alone = initial_kernel(kShape, "conv.weight", {.seed = 3});
  set_compute_threads(2);
  const Tensor shared = initial_kernel(kShape, "conv.weight", {.seed = 3});
  set_compute_threads(threads);

  EXPECT_TRUE(alone.equal(shared));
}

TEST(InitialKernel, IsKeyedByNameAndSeed) {
  const Tensor kernel = initial_kernel({64, 64}, "a.weight", {.seed = 3});

  EXPECT_TRUE(kernel.equal(initial_kernel({64, 64}, "a.weight", {.seed = 3})));
  EXPECT_FALSE(kernel.equal(initial_kernel({64, 64}, "b.weight", {.seed = 3})));
  EXPECT_FALSE(kernel.equal(initial_kernel({64, 64}, "a.weight", {.seed = 4})));
}

TEST(InitialKernel, DoesNotRepeatItself) {
  // streams of 4,096 draws: the second must not begin as the first
  const Tensor draws = initial_kernel({2, 4096}, "a.weight", {});

  EXPECT_FALSE(draws[0].slice(0, 0, 8).equal(draws[1].slice(0, 0, 8)));
}

TEST(InitialKernel, RefusesAShapeThatIsNoKernel) {
  EXPECT_THAT(test::message_of([] { (void)initial_kernel({8}, "bias", {}); }), testing::HasSubstr("a kernel has 2 or 4 axes, not 1"));
}

TEST(InitialKernelWithoutSeed, IsZero) { EXPECT_EQ(initial_kernel({4, 3, 3, 3}, "conv.weight", {.seed = std::nullopt}).abs().max().item<float>(), 0); }

}  // namespace
}  // namespace fovea::nn
