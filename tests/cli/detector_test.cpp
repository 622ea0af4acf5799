// The commands that look at a network, with a detector.
#include "fovea/image/decode.h"
#include "fovea/io/coco_json.h"
#include "fovea/io/json.h"

#include "tests/cli/support.h"
#include "tests/models/reference_detector.h"
#include "tests/support/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

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

/// Converts a detector of the reference with three outputs to folder/own, its classes from COCO's JSON.
Outcome convert_reference(const test::TemporaryFolder& folder, const std::string& categories, const std::string& images = "[]") {
  test::write_reference_detector(folder / "model.ckpt-00000007", {.outputs = 3});
  const fs::path instances = folder.put("i.json", fmt::format(R"({{"images": {}, "annotations": [], "categories": {}}})", images, categories));
  return run({"checkpoint", "convert", folder.path().string(), (folder / "own").string(), "--recipe", "ssd-resnet34", "--classes", instances.string()});
}

TEST(CheckpointConvert, TakesNamesAndIdsOfClassesFromCocosAnnotations) {
  const test::TemporaryFolder folder;

  const Outcome outcome = convert_reference(folder, R"([{"id": 90, "name": "b"}, {"id": 17, "name": "a"}])");

  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const io::Json state = io::read_json(folder / "own/state.json");
  EXPECT_EQ(state.at("classes"), (std::vector<std::string>{"background", "a", "b"}));
  EXPECT_EQ(state.at("class_ids"), (std::vector<int64_t>{0, 17, 90}));
}

TEST(CheckpointConvert, RefusesTwoClassesOfOneName) {
  const test::TemporaryFolder folder;

  const Outcome outcome = convert_reference(folder, R"([{"id": 90, "name": "a"}, {"id": 17, "name": "a"}])");

  EXPECT_EQ(outcome.code, 65);
  EXPECT_THAT(outcome.err, HasSubstr("the categories 17 and 90 are both called \"a\""));
  EXPECT_FALSE(fs::exists(folder / "own"));
}

TEST(CheckpointConvert, KeepsIdsOfClassesWithTheWeights) {
  const test::TemporaryFolder folder;
  const std::string first = (folder / "own").string(), file = (folder / "w.safetensors").string(), second = (folder / "second").string();
  ASSERT_EQ(convert_reference(folder, R"([{"id": 17, "name": "a"}, {"id": 90, "name": "b"}])").code, 0);

  ASSERT_EQ(run({"checkpoint", "convert", first, file}).code, 0);
  ASSERT_EQ(run({"checkpoint", "convert", file, second}).code, 0);

  EXPECT_EQ(io::read_json(fs::path(second) / "state.json").at("class_ids"), (std::vector<int64_t>{0, 17, 90}));
}

/// Ids in a results file, each once, ascending.
std::set<int64_t> image_ids_in(const fs::path& file) {
  std::set<int64_t> ids;
  for (const io::CocoDetection& each : io::read_coco_results(file)) ids.insert(each.image_id);
  return ids;
}

TEST(PredictOfADetector, NamesPicturesAsTheAnnotationsOrTheirNumbersOrTheirPlaces) {
  const test::TemporaryFolder folder;
  const std::string images =
      R"([{"id": 5, "file_name": "photo.png", "width": 8, "height": 8}, {"id": 6, "file_name": "x/000000000139.png", "width": 8, "height": 8}])";
  ASSERT_EQ(convert_reference(folder, R"([{"id": 17, "name": "a"}, {"id": 90, "name": "b"}])", images).code, 0);
  const std::string own = (folder / "own").string(), instances = (folder / "i.json").string();
  fs::create_directory(folder / "p");
  const std::vector<std::byte> png = image::encode_png(image::Image(8, 8));
  const std::string plain = folder.put("p/000000000139.png", png).string(), older = folder.put("p/COCO_val2014_000000000042.png", png).string(),
                    other = folder.put("p/photo.png", png).string(), results = (folder / "out/detections.json").string();
  const auto predict = [&](Arguments arguments) {
    arguments.insert(arguments.begin(), {"predict", own});
    arguments.insert(arguments.end(), {"--out", (folder / "out").string(), "--force"});
    return run(arguments);
  };

  const Outcome numbered = predict({plain, older});
  EXPECT_EQ(image_ids_in(results), (std::set<int64_t>{42, 139}));
  const Outcome placed = predict({older, other});
  EXPECT_EQ(image_ids_in(results), (std::set<int64_t>{1, 2}));
  const Outcome listed = predict({plain, other, "--annotations", instances});
  EXPECT_EQ(image_ids_in(results), (std::set<int64_t>{5, 6}));
  const Outcome unlisted = predict({older, "--annotations", instances});

  EXPECT_THAT(numbered.err, HasSubstr("image_id in detections.json: the numbers in the names of the files"));
  EXPECT_THAT(placed.err, HasSubstr("image_id in detections.json: places in the list of pictures, from 1; --annotations FILE takes those of COCO's JSON"));
  EXPECT_THAT(listed.err, HasSubstr("image_id in detections.json: those of the annotations"));
  EXPECT_EQ(run({"predict", own, plain, "--annotations", instances}).code, 2) << "it says what stands in a file that is not written";
  EXPECT_EQ(unlisted.code, 65);
  EXPECT_THAT(unlisted.err, HasSubstr("does not list a picture named \"COCO_val2014_000000000042.png\""));
}

}  // namespace fovea::cli
