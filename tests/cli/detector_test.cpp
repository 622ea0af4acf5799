// The commands that look at a network, with a detector.
#include "fovea/io/json.h"

#include "tests/cli/support.h"
#include "tests/models/reference_detector.h"
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
  test::write_reference_detector(folder / "model.ckpt-00000007", {.outputs = 3});  // zeros: every default box, as it stands, for each class alike

  const Outcome outcome =
      run({"eval", folder.path().string(), "--data", "synthetic:classes=2,train=2,val=2,size=300,boxes=2", "--batch", "2", "--out", (folder / "out").string()});

  EXPECT_EQ(outcome.code, 0) << outcome.err;
  for (const char* name : {"metrics.json", "per_class.csv", "pr.csv", "errors.csv", "confusion.csv", "detections.json", "worst.json", "worst/00.jpg"}) {
    EXPECT_TRUE(fs::exists(folder / "out" / name)) << name;
  }
  EXPECT_THAT(outcome.out, testing::ContainsRegex("boxes with a score of 0\\.[0-9]+ or more: [0-9]+ right of [0-9]+, [0-9]+ objects?; errors: "));
  EXPECT_THAT(outcome.err, HasSubstr("AP 0.0000 is near zero after 7 steps: so early that is common"));
}

TEST(EvalOfADetector, SaysWhyNothingIsFoundInManyCheckpoints) {
  const test::TemporaryFolder folder;
  const std::string run_dir = (folder / "run").string(), data = "synthetic:classes=2,train=2,val=2,size=300,boxes=2";
  const std::string names = folder.put("names.txt", "class 0\nclass 1\n").string();  // those of made-up data
  test::write_reference_detector(folder / "model.ckpt-00000000", {.outputs = 3, .step = 0});
  make_directories(run_dir + "/checkpoints");
  const Outcome converted =
      run({"checkpoint", "convert", folder.path().string(), run_dir + "/checkpoints/step-00000000", "--recipe", "ssd-resnet34", "--classes", names});
  ASSERT_EQ(converted.code, 0) << converted.err;

  const Outcome all = run({"eval", run_dir, "--all", "--data", data, "--batch", "2"});
  const Outcome follow = run({"eval", run_dir, "--follow", "--stop-after", "0", "--data", data, "--batch", "2"});

  EXPECT_EQ(all.code, 0) << all.err;
  EXPECT_THAT(all.err, HasSubstr("warning: AP 0.0000 is near zero"));
  EXPECT_EQ(follow.code, 0) << follow.err;
  EXPECT_THAT(follow.err, HasSubstr("warning: AP 0.0000 is near zero"));
}

TEST(EvalCommand, ScoresTheReferencesDetectorWithTheClassesOfTheData) {
  const test::TemporaryFolder folder;
  test::write_reference_detector(folder / "model.ckpt-00000007", {.outputs = 3});
  const std::string path = folder.path().string();

  const Outcome good = run({"eval", path, "--data", "synthetic:classes=2,train=2,val=2,size=300,boxes=2", "--batch", "2", "--json"});
  const Outcome bad = run({"eval", path, "--data", "synthetic:classes=5,train=2,val=2,size=300,boxes=2", "--batch", "2"});

  EXPECT_EQ(good.code, 0) << good.err;
  EXPECT_THAT(good.out, HasSubstr("\"step\": 7"));
  EXPECT_THAT(good.err, HasSubstr("names no classes; output k is taken for the k-th class of the data by id"));
  EXPECT_EQ(bad.code, 65);
  EXPECT_THAT(bad.err, HasSubstr("the network has 3 outputs, but the data has 6 classes"));
}

TEST(CheckpointConvert, TakesNamesAndIdsOfClassesFromCocosAnnotations) {
  const test::TemporaryFolder folder;
  test::write_reference_detector(folder / "model.ckpt-00000007", {.outputs = 3});
  const fs::path instances = folder.put("i.json", R"({"images": [], "annotations": [], "categories": [{"id": 90, "name": "b"}, {"id": 17, "name": "a"}]})");
  const std::string target = (folder / "own").string();

  const Outcome outcome = run({"checkpoint", "convert", folder.path().string(), target, "--recipe", "ssd-resnet34", "--classes", instances.string()});

  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const io::Json state = io::read_json(folder / "own/state.json");
  EXPECT_EQ(state.at("classes"), (std::vector<std::string>{"background", "a", "b"}));
  EXPECT_EQ(state.at("class_ids"), (std::vector<int64_t>{0, 17, 90}));
}

TEST(CheckpointConvert, KeepsIdsOfClassesWithTheWeights) {
  const test::TemporaryFolder folder;
  test::write_reference_detector(folder / "model.ckpt-00000007", {.outputs = 3});
  const fs::path instances = folder.put("i.json", R"({"images": [], "annotations": [], "categories": [{"id": 17, "name": "a"}, {"id": 90, "name": "b"}]})");
  const std::string first = (folder / "first").string(), file = (folder / "w.safetensors").string(), second = (folder / "second").string();
  ASSERT_EQ(run({"checkpoint", "convert", folder.path().string(), first, "--recipe", "ssd-resnet34", "--classes", instances.string()}).code, 0);

  ASSERT_EQ(run({"checkpoint", "convert", first, file}).code, 0);
  ASSERT_EQ(run({"checkpoint", "convert", file, second}).code, 0);

  EXPECT_EQ(io::read_json(fs::path(second) / "state.json").at("class_ids"), (std::vector<int64_t>{0, 17, 90}));
}

}  // namespace fovea::cli
