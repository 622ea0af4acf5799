#include "fovea/optim/elementwise.h"

#include <ATen/ops/allclose.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <gtest/gtest.h>

namespace fovea::optim {
namespace {

/// Values between -1 and 1 without a pattern, more than two blocks of 16,384 and not a multiple of anything.
Tensor wave(double frequency) { return (at::arange(40007, at::kFloat) * frequency).sin(); }

Tensor images(double frequency) { return wave(frequency).slice(0, 0, 4 * 6 * 5 * 5).reshape({4, 6, 5, 5}); }

// 1e-6: one rounding of a float32 near 1 where ATen uses a fused multiply-add
void expect_near(const Tensor& a, const Tensor& b) {
  EXPECT_TRUE(at::allclose(a, b, 1e-6, 1e-6)) << "largest difference " << (a - b).abs().max().item<float>();
}

TEST(AddDecay, EqualsReference) {
  Tensor fast = wave(0.7), plain = wave(0.7);

  const Tensor norm = add_decay(fast, wave(0.3), 0.25);
  const Tensor expected_norm = add_decay_reference(plain, wave(0.3), 0.25);

  expect_near(fast, plain);
  EXPECT_EQ(norm.dim(), 0);
  EXPECT_EQ(norm.scalar_type(), at::kFloat);
  expect_near(norm / expected_norm, at::ones({}));
}

TEST(AddDecay, NormOfThreeFourIsFive) {
  Tensor gradient = at::tensor({1.0f, 2.0f});

  const Tensor norm = add_decay(gradient, at::tensor({2.0f, 2.0f}), 1);  // 1 + 2, 2 + 2

  EXPECT_EQ(norm.item<float>(), 5);
}

TEST(AddDecay, GivesSameBitsForAnyNumberOfThreads) {
  const int64_t before = compute_threads();
  Tensor first = wave(0.7), second = wave(0.7);

  set_compute_threads(1);
  const Tensor one = add_decay(first, wave(0.3), 0.25);
  set_compute_threads(3);
  const Tensor three = add_decay(second, wave(0.3), 0.25);
  set_compute_threads(before);

  EXPECT_TRUE(at::equal(one, three));
  EXPECT_TRUE(at::equal(first, second));
}

TEST(Update, EqualsReference) {
  const UpdateRule rule{.momentum = 0.9, .rate = 0.5, .step = 0.25};
  Tensor value = wave(0.1), momentum = wave(0.2), plain_value = wave(0.1), plain_momentum = wave(0.2);

  update(value, momentum, wave(0.3), rule);
  update_reference(plain_value, plain_momentum, wave(0.3), rule);

  expect_near(value, plain_value);
  expect_near(momentum, plain_momentum);
}

TEST(Update, PairsElementsByIndexWhenOrdersOfMemoryDiffer) {
  const UpdateRule rule{.momentum = 0.9, .rate = 0.5, .step = 0.25};
  Tensor value = images(0.1).contiguous(at::MemoryFormat::ChannelsLast), momentum = images(0.2).contiguous(at::MemoryFormat::ChannelsLast);
  Tensor plain_value = images(0.1), plain_momentum = images(0.2);

  update(value, momentum, images(0.3), rule);                                             // mixed orders
  update(value, momentum, images(0.4).contiguous(at::MemoryFormat::ChannelsLast), rule);  // one order, not the usual one
  update_reference(plain_value, plain_momentum, images(0.3), rule);
  update_reference(plain_value, plain_momentum, images(0.4), rule);

  expect_near(value, plain_value);
  expect_near(momentum, plain_momentum);
}

TEST(Update, CountsANewVersionOfTheWeight) {
  Tensor value = wave(0.1), momentum = wave(0.2);
  const auto before = value._version();

  update(value, momentum, wave(0.3), {.momentum = 0.9, .rate = 1, .step = 0.1});

  EXPECT_GT(value._version(), before);
}

TEST(Approach, EqualsReference) {
  Tensor fast = wave(0.1), plain = wave(0.1);

  approach(fast, wave(0.3), 0.125);
  approach_reference(plain, wave(0.3), 0.125);

  expect_near(fast, plain);
}

TEST(Approach, LeavesEqualValuesAlone) {
  Tensor average = wave(0.1);

  approach(average, wave(0.1), 0.3);

  EXPECT_TRUE(at::equal(average, wave(0.1)));
}

}  // namespace
}  // namespace fovea::optim
