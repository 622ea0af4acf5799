#include "fovea/metrics/classification.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace fovea::metrics {
namespace {

Tensor rows(const std::vector<std::vector<float>>& values) {
  std::vector<float> flat;
  for (const auto& row : values) flat.insert(flat.end(), row.begin(), row.end());
  return at::tensor(flat).reshape({static_cast<int64_t>(values.size()), -1});
}

Tensor classes(const std::vector<int64_t>& values) { return at::tensor(values, at::kLong); }

TEST(ClassificationScores, CountsTop1WithTheLowestIndexOfEqualMaxima) {
  ClassificationScores scores(3);

  scores.add(rows({{1, 2, 2}, {1, 2, 2}, {3, 0, 0}}), classes({1, 2, 0}), {0, 1, 2});  // hit, tie lost, hit

  EXPECT_EQ(scores.images(), 3);
  EXPECT_DOUBLE_EQ(scores.top1(), 2.0 / 3);
}

TEST(ClassificationScores, CountsTop5WhenFewerThanFiveAreGreater) {
  ClassificationScores scores(7);

  // Label 6: five greater; four greater; four greater and two equal, where only the first rule of a sorted list would miss it
  scores.add(rows({{5, 5, 5, 5, 5, 0, 1}, {5, 5, 5, 5, 0, 0, 1}, {5, 5, 5, 5, 1, 1, 1}}), classes({6, 6, 6}), {0, 1, 2});

  EXPECT_DOUBLE_EQ(scores.top5(), 2.0 / 3);
  EXPECT_EQ(scores.top1(), 0);
}

TEST(ClassificationScores, HasTop5OneWithFiveOutputsOrLess) {
  ClassificationScores scores(2);

  scores.add(rows({{1, 0}}), classes({1}), {0});

  EXPECT_EQ(scores.top5(), 1);
}

TEST(ClassificationScores, AveragesCrossEntropyOverAllBatches) {
  ClassificationScores scores(2);

  scores.add(rows({{0, 0}, {0, 0}}), classes({0, 1}), {0, 1});                    // log 2 each
  scores.add(rows({{static_cast<float>(std::log(3.0)), 0}}), classes({1}), {2});  // p = 1/4

  EXPECT_NEAR(scores.loss(), (2 * std::log(2.0) + std::log(4.0)) / 3, 1e-7);  // the logit itself is a float32
  EXPECT_EQ(scores.images(), 3);
}

TEST(ClassificationScores, IsExactForHugeLogits) {
  ClassificationScores scores(2);

  scores.add(rows({{10000, 9999}}), classes({1}), {0});

  EXPECT_NEAR(scores.loss(), 1.3132616875182228, 1e-12);  // 1 + log(1 + 1/e)
}

TEST(ClassificationScores, CountsConfusionByTruthThenPrediction) {
  ClassificationScores scores(3);

  scores.add(rows({{0, 1, 0}, {0, 1, 0}, {0, 0, 1}}), classes({0, 0, 2}), {0, 1, 2});

  EXPECT_THAT(scores.confusion(), testing::ElementsAre(0, 2, 0, 0, 0, 0, 0, 0, 1));
}

TEST(ClassificationScores, TakesNonFiniteRowsAsWrong) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float inf = std::numeric_limits<float>::infinity();
  ClassificationScores scores(3, 10);

  scores.add(rows({{nan, 0, 0}, {inf, 0, 0}, {1, 0, -inf}, {1, 0, 0}}), classes({0, 0, 0, 0}), {0, 1, 2, 3});

  EXPECT_EQ(scores.images(), 4);
  EXPECT_EQ(scores.top1(), 0.25);
  EXPECT_EQ(scores.top5(), 0.25);
  EXPECT_TRUE(std::isnan(scores.loss()));
  EXPECT_TRUE(scores.mistakes().empty());
  EXPECT_EQ(scores.confusion()[0], 1);
}

TEST(ClassificationScores, KeepsTheWorstMistakesInOrder) {
  ClassificationScores scores(2, 2);

  scores.add(rows({{1, 0}, {3, 0}, {9, 0}}), classes({1, 1, 0}), {10, 11, 12});  // the last one is right
  scores.add(rows({{2, 0}, {3, 0}}), classes({1, 1}), {8, 9});

  const std::vector<Mistake> worst = scores.mistakes();
  ASSERT_EQ(worst.size(), 2u);
  EXPECT_EQ(worst[0].sample, 9);  // as bad as 11, lower identity
  EXPECT_EQ(worst[1].sample, 11);
  EXPECT_EQ(worst[0].truth, 1);
  EXPECT_EQ(worst[0].predicted, 0);
  EXPECT_FLOAT_EQ(worst[0].p_predicted, 0.95257413f);  // 1 / (1 + e^-3)
  EXPECT_FLOAT_EQ(worst[0].p_truth, 0.047425873f);     // 1 / (1 + e^3)
  EXPECT_FLOAT_EQ(worst[0].loss, 3.0485873f);          // log(1 + e^3)
}

TEST(ClassificationScores, RefusesALabelOutsideAndNamesTheSample) {
  ClassificationScores scores(2);

  try {
    scores.add(rows({{1, 0}, {1, 0}}), classes({0, 2}), {70, 71});
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kData);
    EXPECT_STREQ(error.what(), "sample 71 has label 2, expected 0 to 1");
  }
  EXPECT_EQ(scores.images(), 0);
}

TEST(ClassificationScores, IsZeroBeforeTheFirstPicture) {
  const ClassificationScores scores(2);

  EXPECT_EQ(scores.top1(), 0);
  EXPECT_EQ(scores.loss(), 0);
}

}  // namespace
}  // namespace fovea::metrics
