#include "fovea/data/order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace fovea::data {
namespace {

std::vector<int64_t> samples(const TrainOrder& order, int64_t begin, int64_t end) {
  std::vector<int64_t> result;
  for (int64_t position = begin; position < end; ++position) result.push_back(order.at(position).sample);
  return result;
}

std::vector<int64_t> first_numbers(int64_t count) {
  std::vector<int64_t> result(static_cast<size_t>(count));
  std::iota(result.begin(), result.end(), 0);
  return result;
}

TEST(TrainOrder, HasEachSampleOncePerPermutation) {
  for (const int64_t size : {1, 2, 7, 64, 1000}) {
    SCOPED_TRACE(size);
    const TrainOrder order(size, 5);

    EXPECT_THAT(samples(order, 0, size), testing::UnorderedElementsAreArray(first_numbers(size)));
    EXPECT_THAT(samples(order, 3 * size, 4 * size), testing::UnorderedElementsAreArray(first_numbers(size)));
  }
}

TEST(TrainOrder, NumbersEpochsAndPositionsAcrossTheBorder) {
  const TrainOrder order(10, 5);

  EXPECT_EQ(order.at(9).epoch, 0);
  EXPECT_EQ(order.at(10).epoch, 1);
  EXPECT_EQ(order.at(25).epoch, 2);
  EXPECT_EQ(order.at(25).position, 25);
}

TEST(TrainOrder, DiffersBetweenEpochsAndSeeds) {
  const TrainOrder order(100, 5), other(100, 6);

  EXPECT_NE(samples(order, 0, 100), samples(order, 100, 200));
  EXPECT_NE(samples(order, 0, 100), samples(other, 0, 100));
}

TEST(TrainOrder, SubstitutesTheSamplesThatFollowCyclically) {
  const TrainOrder order(10, 5);
  const Draw draw = order.at(17);  // index 7 of permutation 1: 8 and 9 follow, then 0

  EXPECT_EQ(order.substitute(draw, 1).sample, order.at(18).sample);
  EXPECT_EQ(order.substitute(draw, 3).sample, order.at(10).sample);
  EXPECT_EQ(order.substitute(draw, 10).sample, draw.sample);
  EXPECT_EQ(order.substitute(draw, 3).epoch, 1);
  EXPECT_EQ(order.substitute(draw, 3).position, 17);
}

TEST(TrainShare, IsCutAtEvenPositions) {
  // 10 positions are 5 pairs: 1, 2 and 2 of them
  const Share first = train_share(2, 10, {.rank = 0, .size = 3});
  const Share second = train_share(2, 10, {.rank = 1, .size = 3});
  const Share third = train_share(2, 10, {.rank = 2, .size = 3});

  EXPECT_EQ(first.begin, 20);
  EXPECT_EQ(first.end, 22);
  EXPECT_EQ(second.begin, 22);
  EXPECT_EQ(second.end, 26);
  EXPECT_EQ(third.begin, 26);
  EXPECT_EQ(third.end, 30);
}

TEST(TrainShare, CoversEveryStepAndDiffersByAtMostTwo) {
  for (const int64_t batch : {1, 2, 7, 16, 33, 250}) {
    for (const int64_t ranks : {1, 2, 3, 8}) {
      SCOPED_TRACE(testing::Message() << batch << " over " << ranks);
      int64_t at = 3 * batch, shortest = batch, longest = 0;
      for (int64_t rank = 0; rank < ranks; ++rank) {
        const Share share = train_share(3, batch, {.rank = rank, .size = ranks});
        EXPECT_EQ(share.begin, at);
        at = share.end;
        shortest = std::min(shortest, share.end - share.begin);
        longest = std::max(longest, share.end - share.begin);
      }
      EXPECT_EQ(at, 4 * batch);
      EXPECT_LE(longest - shortest, 2);
    }
  }
}

TEST(EvaluationShare, GivesEverySampleToOneRank) {
  // 10 over 3: borders at 10/3 and 20/3, rounded down
  EXPECT_EQ(evaluation_share(10, {.rank = 0, .size = 3}).end, 3);
  EXPECT_EQ(evaluation_share(10, {.rank = 1, .size = 3}).begin, 3);
  EXPECT_EQ(evaluation_share(10, {.rank = 1, .size = 3}).end, 6);
  EXPECT_EQ(evaluation_share(10, {.rank = 2, .size = 3}).begin, 6);
  EXPECT_EQ(evaluation_share(10, {.rank = 2, .size = 3}).end, 10);
}

}  // namespace
}  // namespace fovea::data
