// Padding where SAME, symmetric and the Keras stem differ.
#include "fovea/kernels/chain.h"
#include "fovea/model/model.h"

#include "tests/support/close.h"

#include <map>

namespace fovea::model {
namespace {

Tensor sums_of_3x3_windows(kernels::Padding padding) {
  const kernels::ChainSpec spec{.in = 1,
                                .stages = {{.out = 1, .kernel = 3, .stride = 2, .padding = padding, .norm = false, .activation = kernels::Activation::kNone}}};
  kernels::ChainTensors tensors{.stages = {{.weight = at::ones({1, 1, 3, 3})}}};
  const Tensor numbers = at::arange(1, 17, at::kFloat).view({1, 1, 4, 4});  // 1 2 3 4 / 5 6 7 8 / 9 10 11 12 / 13 14 15 16
  return kernels::chain(numbers, spec, tensors, {});
}

TEST(Padding, SamePutsTheExtraPixelAtTheBottomAndRight) {
  // worked by hand: windows begin at 0 and 2. 1+2+3+5+6+7+9+10+11 = 54, 3+4+7+8+11+12 = 45, 9+10+11+13+14+15 = 72, 11+12+15+16 = 54
  EXPECT_TRUE(sums_of_3x3_windows(kernels::Padding::kSame).equal(at::tensor({54.F, 45.F, 72.F, 54.F}).view({1, 1, 2, 2})));
}

TEST(Padding, SymmetricBeginsOnePixelOutside) {
  // worked by hand: windows begin at -1 and 1. 1+2+5+6 = 14, 2+3+4+6+7+8 = 30, 5+6+9+10+13+14 = 57, 6+7+8+10+11+12+14+15+16 = 99
  EXPECT_TRUE(sums_of_3x3_windows(kernels::Padding::kSymmetric).equal(at::tensor({14.F, 30.F, 57.F, 99.F}).view({1, 1, 2, 2})));
}

/// ((factor * i) mod modulus - modulus / 2) / divisor, as in make_stem_goldens.py
Tensor formula(at::IntArrayRef shape, int64_t factor, int64_t modulus, double divisor) {
  const Tensor i = at::arange(c10::multiply_integers(shape), at::kLong);
  return (((i * factor).remainder(modulus) - modulus / 2).to(at::kDouble) / divisor).to(at::kFloat).view(shape);
}

struct StemOutputs {
  Tensor stem, pooled;  ///< [2, H, W]: the first two of the 64 channels
};

/// The last gammas are zero, so a block with an identity shortcut gives back the pooled values, none of which is negative.
StemOutputs stem_outputs(Padding padding, Stem stem) {
  const auto model =
      make_model({.name = "resnet18", .padding = padding, .stem = stem, .zero_init_last_gamma = true, .stage1_projection = false}, {.num_outputs = 2});
  const at::NoGradGuard no_gradient;
  model->parameters().find("conv1.weight")->value.copy_(formula({64, 3, 7, 7}, 29, 97, 200));
  std::map<std::string, Tensor> seen;
  kernels::ForwardContext context;
  context.observer = [&](const kernels::LayerReport& report) { seen[std::string(report.name)] = report.output[0].slice(0, 0, 2).clone(); };
  (void)model->forward(formula({1, 3, 8, 8}, 37, 101, 50), context);
  return {.stem = seen.at("stem"), .pooled = seen.at("layer1.0")};
}

constexpr double kLimit = 1e-5;  // the literals have six digits

// Literals below: tests/goldens/make_stem_goldens.py (loops in numpy).
Tensor symmetric_stem() {
  return at::tensor({0.0538997F, 0.817796F,  0.F,        0.416298F, 0.F,       0.376198F, 0.654397F, 0.F, 0.158099F, 0.F, 2.00039F,
                     0.F,        0.F,        0.0277999F, 0.527497F, 0.F,       0.F,       0.F,       0.F, 0.371598F, 0.F, 1.14029F,
                     0.542597F,  0.0879996F, 0.F,        0.F,       0.974595F, 0.F,       0.F,       0.F, 0.843296F, 0.F})
      .view({2, 4, 4});
}

TEST(Stem, PadsAndPoolsWithSame) {
  const StemOutputs actual = stem_outputs(Padding::kSame, Stem::kImageNet);

  test::expect_close(
      actual.stem,
      at::tensor({0.414398F, 0.F, 0.679197F, 0.F,        1.33499F,  0.F, 0.126799F, 0.F,        0.746796F, 0.F, 0.F, 1.63939F, 0.F, 0.0196999F, 0.F, 0.486298F,
                  0.303998F, 0.F, 0.F,       0.0978995F, 0.864696F, 0.F, 1.21089F,  0.0772996F, 0.958595F, 0.F, 0.F, 1.13449F, 0.F, 0.156199F,  0.F, 0.660897F})
          .view({2, 4, 4}),
      kLimit, "stem");
  test::expect_close(actual.pooled, at::tensor({1.33499F, 1.63939F, 0.746796F, 1.63939F, 1.21089F, 1.21089F, 0.958595F, 1.13449F}).view({2, 2, 2}), kLimit,
                     "pooled");
}

TEST(Stem, PadsAndPoolsSymmetrically) {
  const StemOutputs actual = stem_outputs(Padding::kSymmetric, Stem::kImageNet);

  test::expect_close(actual.stem, symmetric_stem(), kLimit, "stem");
  test::expect_close(actual.pooled, at::tensor({0.817796F, 0.817796F, 0.376198F, 2.00039F, 1.14029F, 1.14029F, 1.14029F, 1.14029F}).view({2, 2, 2}), kLimit,
                     "pooled");
}

TEST(Stem, OfKerasPadsByThreeAndPoolsWithSame) {
  const StemOutputs actual = stem_outputs(Padding::kSame, Stem::kKeras);

  test::expect_close(actual.stem, symmetric_stem(), kLimit, "stem");
  test::expect_close(actual.pooled, at::tensor({2.00039F, 2.00039F, 2.00039F, 2.00039F, 1.14029F, 0.974595F, 0.974595F, 0.974595F}).view({2, 2, 2}), kLimit,
                     "pooled");
}

TEST(Stem, SmallKeepsTheResolution) {
  std::map<std::string, std::vector<int64_t>> sizes;
  for (const LayerRow& row : layer_table(*make_model({.name = "resnet18", .stem = Stem::kSmall}, {.num_outputs = 10}), 1, 32, Precision::kFloat32))
    sizes[row.name] = row.output;

  EXPECT_EQ(sizes.at("stem"), (std::vector<int64_t>{1, 64, 32, 32}));
  EXPECT_EQ(sizes.at("layer1.0"), (std::vector<int64_t>{1, 64, 32, 32}));  // no pooling in between
  EXPECT_EQ(sizes.at("layer4.1"), (std::vector<int64_t>{1, 512, 4, 4}));
}

}  // namespace
}  // namespace fovea::model
