#include "fovea/report/axis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fovea::report {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

auto near(double value) { return DoubleNear(value, 1e-9); }

// Expected values of this file are worked by hand: steps are 1, 2 or 5 times a power of ten, the smallest that gives no more than the ticks asked for.
TEST(Axis, GoesInRoundStepsAroundTheData) {
  const Axis axis = linear_axis(0.13, 0.78, 6, Limits::kRounded);

  EXPECT_THAT(axis.ticks, ElementsAre(near(0), near(0.2), near(0.4), near(0.6), near(0.8)));
  EXPECT_DOUBLE_EQ(axis.max, 0.8);
}

TEST(Axis, KeepsExactLimitsAndPutsTicksWithin) {
  const Axis axis = linear_axis(0, 11.4, 8, Limits::kExact);

  EXPECT_THAT(axis.ticks, ElementsAre(near(0), near(2), near(4), near(6), near(8), near(10)));
  EXPECT_DOUBLE_EQ(axis.max, 11.4);
}

TEST(Axis, GivesARangeAroundOneValue) {
  const Axis axis = linear_axis(50, 50, 6, Limits::kExact);

  EXPECT_LT(axis.min, 50);
  EXPECT_GT(axis.max, 50);
  EXPECT_DOUBLE_EQ(axis.position(50), 0.5);
}

TEST(Axis, HasPowersOfTenWhenLogarithmic) {
  const Axis axis = log_axis(0.0016, 1.6, 6);

  EXPECT_THAT(axis.ticks, ElementsAre(near(0.01), near(0.1), near(1)));
  EXPECT_NEAR(axis.position(0.0506), 0.5, 1e-3);  // sqrt(0.0016 * 1.6) = 0.0506
}

TEST(Axis, HasOneTwoFiveOnAShortLogarithmicRange) { EXPECT_THAT(log_axis(0.9, 11, 6).ticks, ElementsAre(near(1), near(2), near(5), near(10))); }

TEST(Axis, LeavesOutPowersOfTenWhenTheyAreTooMany) {
  // 12 powers and at most 6 ticks: every second
  EXPECT_THAT(log_axis(1e-6, 1e6, 6).ticks.size(), testing::Le(7U));
}

TEST(TickLabel, HasAsManyDecimalsAsTheStepNeeds) {
  EXPECT_EQ(tick_label(linear_axis(0, 0.1, 6, Limits::kRounded), 0.04, Unit::kNumber), "0.04");
  EXPECT_EQ(tick_label(linear_axis(0, 4, 6, Limits::kRounded), 2, Unit::kNumber), "2");
  EXPECT_EQ(tick_label(linear_axis(0, 100'000, 8, Limits::kExact), 20'000, Unit::kNumber), "20k");
  EXPECT_EQ(tick_label(linear_axis(0, 2'500'000, 6, Limits::kExact), 1'500'000, Unit::kNumber), "1.5M");
  EXPECT_EQ(tick_label(linear_axis(0, 1, 6, Limits::kRounded), 0.6, Unit::kPercent), "60 %");
}

TEST(TickLabel, WritesFarPowersOfTenAsSuch) {
  EXPECT_EQ(tick_label(log_axis(1e-9, 1, 6), 1e-6, Unit::kNumber), "10⁻⁶");
  EXPECT_EQ(tick_label(log_axis(1e-9, 1, 6), 0.01, Unit::kNumber), "0.01");
}

}  // namespace
}  // namespace fovea::report
