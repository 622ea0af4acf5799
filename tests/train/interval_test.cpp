#include "fovea/train/interval.h"

#include <gtest/gtest.h>

#include <string_view>

namespace fovea::train {
namespace {

using Type = FieldType<Interval>;
using enum Interval::Unit;

TEST(Interval, IsReadWithItsUnit) {
  EXPECT_EQ(Type::parse("20steps"), (Interval{20, kSteps}));
  EXPECT_EQ(Type::parse("1 step"), (Interval{1, kSteps}));
  EXPECT_EQ(Type::parse("1epoch"), (Interval{1, kEpochs}));
  EXPECT_EQ(Type::parse("0.5 epochs"), (Interval{0.5, kEpochs}));
  EXPECT_EQ(Type::parse("10min"), (Interval{10, kMinutes}));
  EXPECT_EQ(Type::parse("90s"), (Interval{1.5, kMinutes}));
  EXPECT_EQ(Type::parse("2h"), (Interval{120, kMinutes}));
}

TEST(Interval, IsWrittenAsItIsRead) {
  EXPECT_EQ(Type::print({20, kSteps}), "20steps");
  EXPECT_EQ(Type::print({1, kSteps}), "1step");
  EXPECT_EQ(Type::print({1, kEpochs}), "1epoch");
  EXPECT_EQ(Type::print({2.5, kEpochs}), "2.5epochs");
  EXPECT_EQ(Type::print({10, kMinutes}), "10min");
}

TEST(Interval, LargeOnesSurviveWritingAndReading) {
  const Interval interval{1'234'567, kSteps};

  EXPECT_EQ(Type::parse(Type::print(interval)), interval);
}

class NotAnInterval : public testing::TestWithParam<std::string_view> {};

TEST_P(NotAnInterval, IsRefused) { EXPECT_EQ(Type::parse(GetParam()), std::nullopt); }

INSTANTIATE_TEST_SUITE_P(Texts, NotAnInterval, testing::Values("", "20", "steps", "0steps", "-1epoch", "1.5steps", "3 fortnights", "1e3steps", "1epoch2"));

}  // namespace
}  // namespace fovea::train
