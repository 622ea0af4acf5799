#include "fovea/optim/options.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace fovea::optim {
namespace {

const Field& option(std::string_view name) {
  const auto& table = OptimOptions::fields();
  const auto row = std::find_if(table.begin(), table.end(), [&](const Field& f) { return f.name == name; });
  if (row == table.end()) fail(ErrorCode::kInternal, "no option \"{}\"", name);
  return *row;
}

TEST(OptimOptions, EveryOptionReadsWhatItPrints) {
  const OptimOptions defaults;
  OptimOptions options;

  for (const Field& field : OptimOptions::fields()) {
    SCOPED_TRACE(field.name);
    const std::string printed = field.print(&defaults);
    field.assign(&options, printed);
    EXPECT_EQ(field.print(&options), printed);
    EXPECT_FALSE(field.text.empty());
  }
}

TEST(OptimOptions, ReadsNamesNumbersAndLists) {
  OptimOptions options;

  option("algorithm").assign(&options, "momentum-keras");
  option("schedule").assign(&options, "cosine");
  option("drop_epochs").assign(&options, "[10, 20.5]");
  option("freeze").assign(&options, "conv1.*, layer1.*");

  EXPECT_EQ(options.algorithm, Algorithm::kMomentumKeras);
  EXPECT_EQ(options.schedule, ScheduleKind::kCosine);
  EXPECT_EQ(options.drop_epochs, (std::vector<double>{10, 20.5}));
  EXPECT_EQ(options.freeze, (std::vector<std::string>{"conv1.*", "layer1.*"}));
}

TEST(OptimOptions, RefusesValuesOutsideTheirRange) {
  OptimOptions options;

  EXPECT_THROW(option("momentum").assign(&options, "1"), Error);
  EXPECT_THROW(option("lr").assign(&options, "-0.1"), Error);
  EXPECT_THROW(option("ema").assign(&options, "1"), Error);
  EXPECT_THROW(option("weight_decay").assign(&options, "-1e-4"), Error);
  EXPECT_THROW(option("algorithm").assign(&options, "adam"), Error);
}

}  // namespace
}  // namespace fovea::optim
