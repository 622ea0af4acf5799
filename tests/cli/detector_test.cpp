// The commands that look at a network, with a detector.
#include "tests/cli/support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fovea::cli {

using testing::HasSubstr;

TEST(ModelCommand, KnowsADetectorsSizeAndOutputs) {
  const Outcome outcome = run({"model", "ssd-resnet34"});

  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out, HasSubstr("ssd_resnet34, 1 picture of 300x300 pixels, float32, 81 classes"));
  EXPECT_THAT(outcome.out, HasSubstr("parameters: 19972534"));  // spec 3.1
}

TEST(ModelCommand, RefusesASizeThatADetectorCannotTake) {
  const Outcome outcome = run({"model", "ssd-resnet34", "--image-size", "224"});

  EXPECT_EQ(outcome.code, 78);
  EXPECT_THAT(outcome.err, HasSubstr("an SSD of 300 pixels cannot take pictures of 224x224"));
}

TEST(BenchStep, MeasuresADetector) {
  const Outcome outcome = run({"bench", "step", "ssd-resnet18", "--batch", "1", "--steps", "1", "--classes", "4", "--json"});

  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out, HasSubstr("\"model\":\"ssd_resnet18\""));
  EXPECT_THAT(outcome.out, HasSubstr("\"image_size\":300"));
}

}  // namespace fovea::cli
