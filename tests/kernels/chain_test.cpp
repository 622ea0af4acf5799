#include "fovea/kernels/chain.h"

#include "tests/support/close.h"

#include <ATen/Functions.h>
#include <gmock/gmock.h>
#include <torch/csrc/autograd/function.h>

#include <array>
#include <utility>

namespace fovea::kernels {
namespace {

using test::expect_close;

StageTensors tensors_of(const Stage& stage, int64_t in) {
  StageTensors t;
  t.weight = (at::randn({stage.out, in / stage.groups, stage.kernel, stage.kernel}) * 0.1).requires_grad_();
  if (stage.bias) t.bias = at::randn({stage.out}).requires_grad_();
  t.gamma = (at::rand({stage.out}) + 0.5).requires_grad_();
  t.beta = at::randn({stage.out}).requires_grad_();
  t.moving_mean = at::zeros({stage.out});
  t.moving_variance = at::ones({stage.out});
  if (stage.squeeze > 0) {
    t.squeeze_weight = at::randn({stage.squeeze, stage.out}).requires_grad_();
    t.squeeze_bias = at::zeros({stage.squeeze}).requires_grad_();
    t.excite_weight = at::randn({stage.out, stage.squeeze}).requires_grad_();
    t.excite_bias = at::zeros({stage.out}).requires_grad_();
  }
  return t;
}

ChainTensors tensors_of(const ChainSpec& spec) {
  at::manual_seed(7);
  ChainTensors all;
  int64_t in = spec.in;
  for (const Stage& stage : spec.stages) {
    all.stages.push_back(tensors_of(stage, in));
    in = stage.out;
  }
  if (spec.residual == Residual::kProjection) all.projection = tensors_of(spec.projection, spec.in);
  return all;
}

Tensor input_of(const ChainSpec& spec, int64_t side, Precision precision) {
  at::manual_seed(11);
  return at::randn({4, spec.in, side, side}).to(scalar_type(precision)).contiguous(at::MemoryFormat::ChannelsLast);
}

struct Named {
  const char* name;
  ChainSpec spec;
};

/// Adding a kind of chain is adding a row.
const std::vector<Named>& cases() {
  static const std::vector<Named> all{
      {"stem", {.in = 3, .stages = {{.out = 64, .kernel = 7, .stride = 2}}}},
      {"basic",
       {.in = 32,
        .stages = {{.out = 32, .kernel = 3}, {.out = 32, .kernel = 3, .activation = Activation::kNone}},
        .residual = Residual::kIdentity,
        .activation = Activation::kRelu}},
      {"bottleneck with projection",
       {.in = 32,
        .stages = {{.out = 16, .kernel = 1}, {.out = 16, .kernel = 3, .stride = 2}, {.out = 64, .kernel = 1, .activation = Activation::kNone}},
        .residual = Residual::kProjection,
        .projection = {.out = 64, .kernel = 1, .stride = 2, .activation = Activation::kNone},
        .activation = Activation::kRelu}},
      {"grouped", {.in = 64, .stages = {{.out = 64, .kernel = 3, .groups = 16, .padding = Padding::kSymmetric}}}},
      {"depthwise with squeeze-excite",
       {.in = 32,
        .stages = {{.out = 32, .kernel = 3, .groups = 32, .activation = Activation::kSwish, .squeeze = 8},
                   {.out = 32, .kernel = 1, .activation = Activation::kNone}},
        .residual = Residual::kIdentity}},
      {"activation first", {.in = 16, .stages = {{.out = 16, .kernel = 1, .bias = true, .activation = Activation::kSwish, .activate_first = true}}}},
      {"narrow channels", {.in = 16, .stages = {{.out = 24, .kernel = 3}}}},
  };
  return all;
}

class ChainPaths : public testing::TestWithParam<Precision> {};

TEST_P(ChainPaths, FusedEqualsReferenceInValuesStatisticsAndGradients) {
  const double limit = test::tolerance(GetParam());
  for (const Named& row : cases()) {
    SCOPED_TRACE(row.name);
    const auto run = [&](Path path, ChainTensors& tensors, Tensor& input) {
      const ForwardContext context{.training = true, .precision = GetParam(), .path = path};
      const Tensor y = chain(input, row.spec, tensors, context);
      at::manual_seed(3);
      (y.to(at::kFloat) * at::randn(y.sizes())).sum().backward();
      return y;
    };
    ChainTensors reference = tensors_of(row.spec), fused = tensors_of(row.spec);
    Tensor reference_input = input_of(row.spec, 9, GetParam()).requires_grad_(), fused_input = input_of(row.spec, 9, GetParam()).requires_grad_();

    const Tensor expected = run(Path::kReference, reference, reference_input), actual = run(Path::kFused, fused, fused_input);

    expect_close(actual, expected, limit, "output");
    EXPECT_LE(test::relative_norm_error(fused_input.grad(), reference_input.grad()), 3 * limit);
    for (size_t i = 0; i < row.spec.stages.size(); ++i) {
      EXPECT_LE(test::relative_norm_error(fused.stages[i].weight.grad(), reference.stages[i].weight.grad()), 3 * limit);
      EXPECT_LE(test::relative_norm_error(fused.stages[i].gamma.grad(), reference.stages[i].gamma.grad()), 3 * limit);
      expect_close(fused.stages[i].moving_variance, reference.stages[i].moving_variance, limit, "moving variance");
    }
  }
}
INSTANTIATE_TEST_SUITE_P(All, ChainPaths, testing::Values(Precision::kFloat32, Precision::kBFloat16));

// Equal results prove nothing when both are made in the same way: the nodes of the graph tell the paths apart.
TEST_P(ChainPaths, AreTheOnesAskedFor) {
  const ChainSpec spec{.in = 16, .stages = {{.out = 16, .kernel = 1}}};
  const auto nodes = [&](Path path) {
    ChainTensors tensors = tensors_of(spec);
    const ForwardContext context{.training = true, .precision = GetParam(), .path = path};
    const auto norm = chain(input_of(spec, 9, GetParam()), spec, tensors, context).grad_fn();
    return std::pair(norm->name(), norm->next_edge(0).function->name());  // what made the output, and what made its input
  };

  const auto [norm, convolution] = nodes(Path::kFused);

  EXPECT_THAT(norm, testing::HasSubstr("fovea::kernels"));
  const bool own_convolution = GetParam() == Precision::kBFloat16 && multiplies_bfloat16_fast();
  EXPECT_EQ(convolution.find("fovea::kernels") != std::string::npos, own_convolution) << convolution;
  EXPECT_THAT(nodes(Path::kReference).first, testing::Not(testing::HasSubstr("fovea")));
}

TEST(Chain, UsesMovingStatisticsInEvaluation) {
  const ChainSpec spec{.in = 16, .stages = {{.out = 16, .kernel = 1, .activation = Activation::kNone}}, .bn_epsilon = 0};
  ChainTensors t = tensors_of(spec);
  t.stages[0].moving_mean.fill_(2);
  t.stages[0].moving_variance.fill_(4);
  t.stages[0].gamma.detach().fill_(1);
  t.stages[0].beta.detach().fill_(0);
  const Tensor x = input_of(spec, 3, Precision::kFloat32);

  const Tensor y = chain(x, spec, t, {});

  expect_close(y, (at::conv2d(x, t.stages[0].weight) - 2) / 2, 1e-6, "y");
  EXPECT_EQ(t.stages[0].moving_mean[0].item<float>(), 2);
}

TEST(Chain, DropsSamplesByTheirIdentity) {
  const ChainSpec spec{.in = 16, .stages = {{.out = 16, .kernel = 1, .activation = Activation::kNone}}, .residual = Residual::kIdentity, .drop_connect = 0.5};
  const ChainTensors t = tensors_of(spec);
  const Tensor x = input_of(spec, 3, Precision::kFloat32);
  const std::array<int64_t, 4> order{10, 11, 12, 13}, reversed{13, 12, 11, 10};
  const auto dropped = [&](std::span<const int64_t> samples, int64_t step) {
    const Tensor y = chain(x, spec, t, {.training = true, .step = step, .samples = samples});
    std::vector<bool> result;
    for (int64_t n = 0; n < 4; ++n) result.push_back(y[n].equal(x[n]));
    return result;
  };

  std::vector<bool> forward = dropped(order, 1), backward = dropped(reversed, 1);
  std::reverse(backward.begin(), backward.end());

  EXPECT_EQ(forward, backward) << "the choice belongs to the sample, not to its row";
  int64_t count = 0;
  for (int64_t step = 0; step < 50; ++step) {
    for (const bool lost : dropped(order, step)) count += lost ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>(count), 100, 35);  // 200 draws of 1/2: five standard deviations
}

TEST(Padding, IsTensorFlowsSame) {
  // spec 1.1: even input, k=3 s=2 pads (0,1); k=7 s=2 on 224 pads (2,3); k=5 s=2 on even pads (1,2)
  const auto pads = [](int64_t side, int64_t kernel) {
    const Pads p = padding_of(side, kernel, 2, Padding::kSame);
    return std::pair(p.before, p.after);
  };
  EXPECT_EQ(pads(56, 3), std::pair(int64_t{0}, int64_t{1}));
  EXPECT_EQ(pads(224, 7), std::pair(int64_t{2}, int64_t{3}));
  EXPECT_EQ(pads(28, 5), std::pair(int64_t{1}, int64_t{2}));
  EXPECT_EQ(pads(57, 3), std::pair(int64_t{1}, int64_t{1}));
  EXPECT_EQ(output_side(57, 3, 2, Padding::kSame), 29);
  EXPECT_EQ(output_side(56, 3, 2, Padding::kSymmetric), 28);
  EXPECT_EQ(output_side(5, 3, 1, Padding::kValid), 3);
}

TEST(MaxPool, IgnoresPaddedCells) {
  // 4x4 of -1..-16: windows 3x3 stride 2, SAME pads (0,1); the largest real cell wins even where all are negative
  const Tensor x = -at::arange(1, 17, at::kFloat).view({1, 1, 4, 4});

  const Tensor y = max_pool(x, 3, 2, Padding::kSame);

  EXPECT_TRUE(y.equal(at::tensor({-1.F, -3.F, -9.F, -11.F}).view({1, 1, 2, 2}))) << y;
}

TEST(MaxPool, GivesTheSameWhetherItCopiesOrHangsOver) {
  at::manual_seed(3);
  const Tensor x = at::randn({2, 16, 10, 10}).contiguous(at::MemoryFormat::ChannelsLast);

  const Tensor copied = at::max_pool2d(at::constant_pad_nd(x, {0, 1, 0, 1}, -INFINITY), {3, 3}, {2, 2});

  EXPECT_TRUE(max_pool(x, 3, 2, Padding::kSame).equal(copied));
  EXPECT_EQ(max_pool(x, 2, 3, Padding::kSame).size(2), 4);  // strides that leave cells out
}

TEST(ChainCost, CountsMultiplyAddsTwiceAndWhatWaitsForBackward) {
  // 3x3, 8 -> 16 channels, groups 2, on 5x5, batch 2: 2 * 2 * 25 * 16 * (8 / 2) * 9 = 57,600
  const ChainCost cost = chain_cost({2, 8, 5, 5}, {.in = 8, .stages = {{.out = 16, .kernel = 3, .groups = 2}}});
  EXPECT_EQ(cost.flops, 57600);
  EXPECT_EQ(cost.saved_values, 1600);  // 2 * 25 * 16 outputs of the convolution, and as many of the norm
}

}  // namespace
}  // namespace fovea::kernels
