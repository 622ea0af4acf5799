#include "fovea/box/detect.h"

#include <gtest/gtest.h>

#include <limits>

namespace fovea::box {
namespace {

constexpr Box at(float x) { return {.y0 = 0, .x0 = x, .y1 = 1, .x1 = x + 1}; }

TEST(Detect, SuppressesWithinAClassOnly) {
  const std::vector<Box> boxes{at(0), at(0.1F)};
  const std::vector<float> scores{0.1F, 0.5F, 0.4F,   //
                                  0.1F, 0.6F, 0.3F};  // background, class 1, class 2

  const std::vector<Detection> found = detect(scores, boxes, {});

  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].class_id, 1);
  EXPECT_EQ(found[0].box, at(0.1F));
  EXPECT_EQ(found[1].class_id, 2);
  EXPECT_EQ(found[1].box, at(0));
}

TEST(Detect, LeavesOutBackgroundAndScoresAtTheLimit) {
  const std::vector<float> scores{0.95F, 0.05F, 0.89F, 0.11F};

  const std::vector<Detection> found = detect(scores, std::vector<Box>{at(0), at(5)}, {});

  ASSERT_EQ(found.size(), 1U);
  EXPECT_FLOAT_EQ(found[0].score, 0.11F);
}

TEST(Detect, LeavesOutBoxesThatAreNotFinite) {
  const float infinite = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<Box> boxes{{0, 0, infinite, 1}, {0, -infinite, 1, infinite}, {nan, 0, 1, 1}, at(5)};

  const std::vector<Detection> found = detect(std::vector<float>{0.1F, 0.9F, 0.1F, 0.9F, 0.1F, 0.9F, 0.7F, 0.3F}, boxes, {});

  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].box, at(5));
}

TEST(Detect, KeepsTheBestOfAPictureAndTheLowerBoxAtEqualScores) {
  const std::vector<Box> boxes{at(0), at(5), at(10)};
  const std::vector<float> scores{0.2F, 0.8F, 0.2F, 0.8F, 0.1F, 0.9F};

  const std::vector<Detection> found = detect(scores, boxes, {.per_image = 2});

  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].box, at(10));
  EXPECT_EQ(found[1].box, at(0));
}

TEST(Detect, TakesSoManyCandidatesOfAClass) {
  const std::vector<float> scores{0.2F, 0.8F, 0.3F, 0.7F, 0.4F, 0.6F};

  EXPECT_EQ(detect(scores, std::vector<Box>{at(0), at(5), at(10)}, {.per_class = 2}).size(), 2U);
}

TEST(Detect, FindsNothingInNothing) {
  EXPECT_TRUE(detect({}, {}, {}).empty());
  EXPECT_TRUE(detect(std::vector<float>{1, 0}, std::vector<Box>{at(0)}, {}).empty());
}

}  // namespace
}  // namespace fovea::box
