#include "fovea/box/assign.h"

#include <gtest/gtest.h>

#include <cmath>

namespace fovea::box {
namespace {

constexpr Box kLeft{.y0 = 0, .x0 = 0, .y1 = 1, .x1 = 0.5F};
constexpr Box kRight{.y0 = 0, .x0 = 0.5F, .y1 = 1, .x1 = 1};
constexpr Box kWhole{.y0 = 0, .x0 = 0, .y1 = 1, .x1 = 1};

TEST(Match, TakesTheBestTruthFromTheLimitOn) {
  const std::vector<Box> anchors{kLeft, kRight, kWhole};

  EXPECT_EQ(match(std::vector<Box>{kLeft}, anchors, 0.5F), (std::vector<int32_t>{0, -1, 0}));  // IoU with the whole picture is 0.5
  EXPECT_EQ(match(std::vector<Box>{kLeft}, anchors, 0.51F), (std::vector<int32_t>{0, -1, -1}));
}

TEST(Match, GivesTheLowerTruthWhenTwoFitEquallyWell) {
  const std::vector<Box> anchors{kWhole, kLeft, kRight};

  EXPECT_EQ(match(std::vector<Box>{kRight, kLeft}, anchors, 0.5F), (std::vector<int32_t>{0, 1, 0}));
}

TEST(Match, ForcesATruthThatNothingFits) {
  const std::vector<Box> anchors{kLeft, kRight};
  const Box tiny{.y0 = 0.4F, .x0 = 0.7F, .y1 = 0.5F, .x1 = 0.8F}, nowhere{.y0 = 2, .x0 = 2, .y1 = 3, .x1 = 3};

  EXPECT_EQ(match(std::vector<Box>{tiny}, anchors, 0.5F), (std::vector<int32_t>{-1, 0}));
  EXPECT_EQ(match(std::vector<Box>{nowhere}, anchors, 0.5F), (std::vector<int32_t>{0, -1}));  // IoU 0 everywhere: the first default box
}

TEST(Match, GivesAContestedAnchorToTheLowestTruth) {
  const std::vector<Box> anchors{kLeft, kRight};

  EXPECT_EQ(match(std::vector<Box>{kLeft, kLeft}, anchors, 0.5F), (std::vector<int32_t>{0, -1}));
}

TEST(Match, OverridesAThresholdMatchByAForcedOne) {
  const Box inner{.y0 = 0, .x0 = 0, .y1 = 1, .x1 = 0.1F};

  // kLeft fits truth 1 perfectly, but truth 0 has no better default box
  EXPECT_EQ(match(std::vector<Box>{inner, kLeft}, std::vector<Box>{kLeft}, 0.5F), (std::vector<int32_t>{0}));
}

TEST(Match, IsAllBackgroundWithoutTruths) { EXPECT_EQ(match({}, std::vector<Box>{kLeft, kRight}, 0.5F), (std::vector<int32_t>{-1, -1})); }

TEST(Encode, IsZeroForTheAnchorItself) {
  for (const float offset : encode(kLeft, kLeft)) EXPECT_NEAR(offset, 0, 1e-6);
}

TEST(Encode, ScalesCentresByTenAndLogarithmsByFive) {
  const Box anchor{.y0 = 0.4F, .x0 = 0.4F, .y1 = 0.6F, .x1 = 0.6F}, box{.y0 = 0.4F, .x0 = 0.5F, .y1 = 0.8F, .x1 = 0.6F};

  const Offsets offsets = encode(box, anchor);

  EXPECT_NEAR(offsets[0], 10 * 0.1 / 0.2, 1e-5);
  EXPECT_NEAR(offsets[1], 10 * 0.05 / 0.2, 1e-5);
  EXPECT_NEAR(offsets[2], 5 * std::log(2.0), 1e-5);
  EXPECT_NEAR(offsets[3], 5 * std::log(0.5), 1e-5);
}

TEST(Decode, TakesBackWhatEncodeDoes) {
  const Box anchor{.y0 = 0.1F, .x0 = 0.2F, .y1 = 0.5F, .x1 = 0.4F}, box{.y0 = 0.05F, .x0 = 0.25F, .y1 = 0.45F, .x1 = 0.6F};

  const Box back = decode(encode(box, anchor), anchor);

  EXPECT_NEAR(back.y0, box.y0, 1e-6);
  EXPECT_NEAR(back.x0, box.x0, 1e-6);
  EXPECT_NEAR(back.y1, box.y1, 1e-6);
  EXPECT_NEAR(back.x1, box.x1, 1e-6);
}

TEST(Encode, StaysFiniteForABoxWithoutArea) {
  for (const float offset : encode({.y0 = 0.5F, .x0 = 0.5F, .y1 = 0.5F, .x1 = 0.5F}, kWhole)) EXPECT_TRUE(std::isfinite(offset));
}

}  // namespace
}  // namespace fovea::box
