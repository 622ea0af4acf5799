// The commands that look at a network, with a detector.
#include "tests/cli/support.h"
#include "tests/support/temporary_folder.h"

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

TEST(EvalOfADetector, LeavesItsFilesAndSaysWhyNothingIsFound) {
  const test::TemporaryFolder folder;
  const Outcome trained = run({"train", "ssd-resnet34-small", "--set", "model.name=ssd_resnet18", "--data", "synthetic:boxes=2,classes=2,train=2,val=2,size=64",
                               "--steps", "1", "--batch-size", "2", "--run-dir", (folder / "run").string()});
  ASSERT_EQ(trained.code, 0) << trained.err;

  const Outcome outcome = run({"eval", (folder / "run").string(), "--out", (folder / "out").string()});

  EXPECT_EQ(outcome.code, 0) << outcome.err;
  for (const char* name : {"metrics.json", "per_class.csv", "pr.csv", "errors.csv", "confusion.csv", "detections.json", "worst.json", "worst/00.jpg"}) {
    EXPECT_TRUE(fs::exists(folder / "out" / name)) << name;
    EXPECT_TRUE(fs::exists(folder / "run" / "eval/step-00000001" / name)) << name;
  }
  EXPECT_THAT(outcome.out, testing::ContainsRegex("boxes with a score of 0\\.[0-9]+ or more: [0-9]+ right of [0-9]+, [0-9]+ objects?; errors: "));
  EXPECT_THAT(outcome.err, HasSubstr(" is near zero after 1 step: so early that is common"));
  EXPECT_THAT(trained.err, testing::Not(HasSubstr("near zero")));
}

}  // namespace fovea::cli
