#include "fovea/base/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

namespace fovea {
namespace {

using testing::ElementsAre;

// Known answers of Random123 1.14, tests/kat_vectors, "philox4x32 10".
TEST(Philox, GivesTheKnownAnswers) {
  constexpr uint32_t kOnes = 0xffffffff;

  EXPECT_THAT(philox({0, 0, 0, 0}, {0, 0}), ElementsAre(0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u));
  EXPECT_THAT(philox({kOnes, kOnes, kOnes, kOnes}, {kOnes, kOnes}), ElementsAre(0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu));
  EXPECT_THAT(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
              ElementsAre(0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u));
}

std::vector<uint32_t> first_bits(Random random, int count = 9) {
  std::vector<uint32_t> bits;
  for (int i = 0; i < count; ++i) bits.push_back(random.bits());
  return bits;
}

TEST(Random, IsAFunctionOfItsFourArguments) {
  const auto base = first_bits(Random(1, 2, 3, Purpose::kCrop));

  EXPECT_EQ(first_bits(Random(1, 2, 3, Purpose::kCrop)), base);
  EXPECT_NE(first_bits(Random(9, 2, 3, Purpose::kCrop)), base);
  EXPECT_NE(first_bits(Random(1, 9, 3, Purpose::kCrop)), base);
  EXPECT_NE(first_bits(Random(1, 2, 9, Purpose::kCrop)), base);
  EXPECT_NE(first_bits(Random(1, 2, 3, Purpose::kFlip)), base);
  EXPECT_NE(first_bits(Random(1ull << 40, 2, 3, Purpose::kCrop)), first_bits(Random(0, 2, 3, Purpose::kCrop)));
  EXPECT_NE(first_bits(Random(1, 2, 1ull << 40, Purpose::kCrop)), first_bits(Random(1, 2, 0, Purpose::kCrop)));
}

TEST(Random, DoesNotRepeatItsBlocks) {
  const auto bits = first_bits(Random(5, 0, 0, Purpose::kCrop), 4000);

  // 4000 draws of 32 bits hold a repeated value with probability 4000^2 / 2^33 = 0.2 %; the seed is fixed, so it either does or not.
  EXPECT_EQ(std::set(bits.begin(), bits.end()).size(), 4000u);
}

struct Moments {
  double mean = 0;
  double variance = 0;
  double min = INFINITY;
  double max = -INFINITY;
};

template <class Draw>
Moments moments(Draw draw, int count) {
  double sum = 0, squares = 0;
  Moments result;
  for (int i = 0; i < count; ++i) {
    const double value = draw();
    sum += value;
    squares += value * value;
    result.min = std::min(result.min, value);
    result.max = std::max(result.max, value);
  }
  result.mean = sum / count;
  result.variance = squares / count - result.mean * result.mean;
  return result;
}

// Tolerances below: five standard errors of the estimate with 100,000 draws, rounded up.
constexpr int kDraws = 100'000;

TEST(Random, UniformFillsTheUnitInterval) {
  Random random(1, 0, 0, Purpose::kCrop);

  const Moments found = moments([&] { return random.uniform(); }, kDraws);

  EXPECT_NEAR(found.mean, 0.5, 0.005);
  EXPECT_NEAR(found.variance, 1.0 / 12, 0.0013);
  EXPECT_GE(found.min, 0);
  EXPECT_LT(found.max, 1);
}

TEST(Random, IntegerIsUniformWithBothEnds) {
  Random random(2, 0, 0, Purpose::kCrop);
  std::vector<int> counts(7);

  for (int i = 0; i < 70'000; ++i) ++counts[static_cast<size_t>(random.integer(-3, 3) + 3)];

  // Chi-square with 6 degrees of freedom: above 22.46 once in a thousand seeds.
  double chi_square = 0;
  for (const int count : counts) chi_square += (count - 10'000.0) * (count - 10'000.0) / 10'000.0;
  EXPECT_LT(chi_square, 22.46);
}

TEST(Random, IntegerKnowsTheWidestRanges) {
  Random random(3, 0, 0, Purpose::kCrop);
  bool has_negative = false, has_positive = false;

  for (int i = 0; i < 64; ++i) {
    const int64_t value = random.integer(INT64_MIN, INT64_MAX);
    has_negative |= value < 0;
    has_positive |= value > 0;
  }

  EXPECT_TRUE(has_negative && has_positive);
  EXPECT_EQ(random.integer(INT64_MAX, INT64_MAX), INT64_MAX);
}

TEST(Random, NormalHasUnitVariance) {
  Random random(4, 0, 0, Purpose::kInitialise);

  const Moments found = moments([&] { return random.normal(); }, kDraws);

  EXPECT_NEAR(found.mean, 0, 0.016);
  EXPECT_NEAR(found.variance, 1, 0.023);  // variance of the estimate: 2 / n
  EXPECT_GT(found.max, 3);
}

TEST(Random, TruncatedNormalStaysWithinTwo) {
  Random random(5, 0, 0, Purpose::kInitialise);

  const Moments found = moments([&] { return random.truncated_normal(); }, kDraws);

  EXPECT_NEAR(found.variance, 0.7737, 0.015);  // 1 - 4 phi(2) / (2 Phi(2) - 1) = 1 - 4 * 0.053991 / 0.954500
  EXPECT_GE(found.min, -2);
  EXPECT_LE(found.max, 2);
}

TEST(Random, BetaHasItsMeanAndVariance) {
  // Mean a / (a + b), variance a b / ((a + b)^2 (a + b + 1)).
  struct Case {
    double a, b, mean, variance;
  };
  for (const Case& c : {Case{0.2, 0.2, 0.5, 0.178571}, Case{1, 1, 0.5, 0.083333}, Case{2, 5, 0.285714, 0.025510}}) {
    SCOPED_TRACE(c.a);
    Random random(6, 0, 0, Purpose::kMixUp);

    const Moments found = moments([&] { return random.beta(c.a, c.b); }, kDraws);

    EXPECT_NEAR(found.mean, c.mean, 0.007);
    EXPECT_NEAR(found.variance, c.variance, 0.003);
    EXPECT_GE(found.min, 0);
    EXPECT_LE(found.max, 1);
  }
}

TEST(Random, BetaIsACoinForTinyParameters) {
  int ones = 0;
  for (uint64_t sample = 0; sample < 1000; ++sample) {
    const double value = Random(7, 0, sample, Purpose::kMixUp).beta(1e-5, 1e-5);
    EXPECT_TRUE(value == 0 || value == 1 || std::min(value, 1 - value) < 1e-3) << value;
    ones += value > 0.5 ? 1 : 0;
  }
  EXPECT_NEAR(ones, 500, 80);  // five standard deviations of a fair coin
}

std::vector<int64_t> order(int64_t size, uint64_t seed, uint64_t epoch) {
  std::vector<int64_t> result;
  for (int64_t i = 0; i < size; ++i) result.push_back(permuted(i, size, seed, epoch));
  return result;
}

TEST(Permuted, MeetsEveryElementOnce) {
  for (int64_t size = 1; size <= 200; ++size) {
    SCOPED_TRACE(size);
    const auto found = order(size, 11, 3);
    const std::set<int64_t> distinct(found.begin(), found.end());

    EXPECT_EQ(static_cast<int64_t>(distinct.size()), size);
    EXPECT_EQ(*distinct.begin(), 0);
    EXPECT_EQ(*distinct.rbegin(), size - 1);
  }
}

TEST(Permuted, DiffersBetweenEpochsAndSeeds) {
  EXPECT_EQ(order(100, 1, 0), order(100, 1, 0));
  EXPECT_NE(order(100, 1, 0), order(100, 1, 1));
  EXPECT_NE(order(100, 1, 0), order(100, 2, 0));
}

TEST(Permuted, SpreadsNeighbours) {
  // Every position is taken about equally often by element 0 over many epochs: chi-square with 9 degrees, above 27.88 once in a thousand seeds.
  std::vector<int> counts(10);
  for (uint64_t epoch = 0; epoch < 10'000; ++epoch) ++counts[static_cast<size_t>(permuted(0, 10, 1, epoch))];

  double chi_square = 0;
  for (const int count : counts) chi_square += (count - 1000.0) * (count - 1000.0) / 1000.0;
  EXPECT_LT(chi_square, 27.88);
}

TEST(Permuted, KnowsLargeSets) {
  const int64_t size = (int64_t{1} << 40) + 5;

  for (int64_t index : {int64_t{0}, size / 2, size - 1}) {
    const int64_t found = permuted(index, size, 1, 1);
    EXPECT_GE(found, 0);
    EXPECT_LT(found, size);
  }
}

}  // namespace
}  // namespace fovea
