// fovea eval --detections RESULTS --annotations INSTANCES, on small files.
#include "fovea/io/json.h"

#include "tests/cli/support.h"
#include "tests/support/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fovea::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

/// Two pictures with a medium truth each, of the sparse classes 1 and 90; class 7 has none.
class EvalDetections : public testing::Test {
 protected:
  [[nodiscard]] Outcome eval(const std::string& results, const Arguments& more = {}) const {
    Arguments arguments = {"eval", "--detections", folder_.put("results.json", results).string(), "--annotations", instances_.string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }

  test::TemporaryFolder folder_;
  fs::path instances_ = folder_.put("instances.json", R"({
    "images": [{"id": 139, "width": 200, "height": 100}, {"id": 285, "width": 200, "height": 100}],
    "categories": [{"id": 90, "name": "toothbrush"}, {"id": 1, "name": "person"}, {"id": 7, "name": "train"}],
    "annotations": [{"id": 1, "image_id": 139, "category_id": 1, "bbox": [10, 20, 90, 20], "area": 2000, "iscrowd": 0},
                    {"id": 2, "image_id": 285, "category_id": 90, "bbox": [100, 10, 50, 80], "area": 3000, "iscrowd": 0}]})");
};

constexpr const char* kHalf = R"([{"image_id": 139, "category_id": 1, "bbox": [10, 20, 90, 20], "score": 0.9}])";

TEST_F(EvalDetections, PrintsTheTwelveLinesOfPycocotools) {
  const Outcome outcome = eval(kHalf);

  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.err, IsEmpty());
  EXPECT_EQ(outcome.out, R"(2 pictures, 2 truths, 1 detection (1 picture without any)
 Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = 0.500
 Average Precision  (AP) @[ IoU=0.50      | area=   all | maxDets=100 ] = 0.500
 Average Precision  (AP) @[ IoU=0.75      | area=   all | maxDets=100 ] = 0.500
 Average Precision  (AP) @[ IoU=0.50:0.95 | area= small | maxDets=100 ] = -1.000
 Average Precision  (AP) @[ IoU=0.50:0.95 | area=medium | maxDets=100 ] = 0.500
 Average Precision  (AP) @[ IoU=0.50:0.95 | area= large | maxDets=100 ] = -1.000
 Average Recall     (AR) @[ IoU=0.50:0.95 | area=   all | maxDets=  1 ] = 0.500
 Average Recall     (AR) @[ IoU=0.50:0.95 | area=   all | maxDets= 10 ] = 0.500
 Average Recall     (AR) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = 0.500
 Average Recall     (AR) @[ IoU=0.50:0.95 | area= small | maxDets=100 ] = -1.000
 Average Recall     (AR) @[ IoU=0.50:0.95 | area=medium | maxDets=100 ] = 0.500
 Average Recall     (AR) @[ IoU=0.50:0.95 | area= large | maxDets=100 ] = -1.000
APs, APl, ARs, ARl: no ground truth of this size
)");
}

TEST_F(EvalDetections, PrintsJsonWithNullWhereThereIsNoTruth) {
  const io::Json json = io::Json::parse(eval(kHalf, {"--json"}).out);

  EXPECT_NEAR(json.at("AP").get<double>(), 0.5, 1e-12);
  EXPECT_NEAR(json.at("ARmax1").get<double>(), 0.5, 1e-12);
  EXPECT_TRUE(json.at("APs").is_null());
  EXPECT_NEAR(json.at("AP_by_class").at("person").get<double>(), 1, 1e-12);
  EXPECT_EQ(json.at("AP_by_class").at("toothbrush"), 0);
  EXPECT_TRUE(json.at("AP_by_class").at("train").is_null());
  EXPECT_EQ(json.at("pictures"), 2);
  EXPECT_EQ(json.at("pictures_without_detections"), 1);
}

TEST_F(EvalDetections, TellsClassesOfOneNameApartByTheirIds) {
  instances_ = folder_.put("merged.json", R"({"images": [{"id": 139}], "categories": [{"id": 7, "name": "person"}, {"id": 1, "name": "person"}],
      "annotations": [{"id": 1, "image_id": 139, "category_id": 1, "bbox": [10, 20, 90, 20], "area": 2000, "iscrowd": 0},
                      {"id": 2, "image_id": 139, "category_id": 7, "bbox": [10, 20, 90, 20], "area": 2000, "iscrowd": 0}]})");

  const io::Json classes = io::Json::parse(eval(kHalf, {"--json"}).out).at("AP_by_class");

  EXPECT_NEAR(classes.at("person (1)").get<double>(), 1, 1e-12);
  EXPECT_EQ(classes.at("person (7)"), 0);
}

TEST_F(EvalDetections, SaysWhyNothingFits) {
  const Outcome swapped = eval(R"([{"image_id": 139, "category_id": 1, "bbox": [20, 10, 20, 90], "score": 0.9},
                                   {"image_id": 285, "category_id": 90, "bbox": [10, 100, 80, 50], "score": 0.9}])");
  const Outcome dense = eval(R"([{"image_id": 139, "category_id": 0, "bbox": [10, 20, 90, 20], "score": 0.9},
                                 {"image_id": 285, "category_id": 2, "bbox": [100, 10, 50, 80], "score": 0.9}])");
  const Outcome none = eval("[]");

  EXPECT_EQ(swapped.code, 0);
  EXPECT_THAT(swapped.err, StartsWith("warning: 2 detections in 2 of 2 pictures (1 a picture); the best IoU of a truth with a detection of any class is "));
  EXPECT_THAT(swapped.err, HasSubstr("\nwarning: the boxes look like [y, x, height, width]: "));
  EXPECT_THAT(dense.err, HasSubstr("warning: 2 detections left out: the annotations do not list their category_id\n"));
  EXPECT_THAT(dense.err, HasSubstr("read as positions in the list of categories by ascending id, from 0 on 100 %"));
  EXPECT_THAT(none.err, HasSubstr("there are no detections"));
  EXPECT_THAT(none.out, HasSubstr("(2 pictures without any)"));
}

TEST_F(EvalDetections, NamesPicturesThatTheAnnotationsDoNotHave) {
  const Outcome outcome = eval(R"([{"image_id": 0, "category_id": 1, "bbox": [10, 20, 90, 20], "score": 0.9},
                                   {"image_id": 285, "category_id": 1, "bbox": [10, 20, 90, 20], "score": 0.9},
                                   {"image_id": 3, "category_id": 1, "bbox": [10, 20, 90, 20], "score": 0.9}])");

  EXPECT_EQ(outcome.code, 65);
  EXPECT_THAT(outcome.err, HasSubstr("the ids do not match: "));
  EXPECT_THAT(outcome.err, HasSubstr("has detections in 3 pictures, of which 2 are not in "));
  EXPECT_THAT(outcome.err, HasSubstr(": image_id 0, 3\ntry: write the id that the annotations give a picture"));
}

TEST_F(EvalDetections, WarnsOfAnnotationsThatScoreOtherwise) {
  instances_ = folder_.put("odd.json", R"({"images": [{"id": 139}], "categories": [{"id": 1, "name": "person"}],
                                           "annotations": [{"id": 0, "image_id": 139, "category_id": 1, "bbox": [10, 20, 90, 20]}]})");
  const Outcome outcome = eval(kHalf);

  EXPECT_THAT(outcome.err, HasSubstr("warning: 1 annotation without \"area\": width x height stands in for it"));
  EXPECT_THAT(outcome.err, HasSubstr("warning: an annotation has the id 0"));
  EXPECT_THAT(outcome.out, HasSubstr("area=   all | maxDets=100 ] = 1.000"));
}

TEST_F(EvalDetections, NamesTheFileAndThePlaceOfDamage) {
  const Outcome wrong = eval(R"([{"image_id": 139, "category_id": 1, "bbox": [10, 20, 60], "score": 0.9}])");
  const Outcome cut = eval(std::string(kHalf).substr(0, 40));
  const Outcome missing = run({"eval", "--detections", "nowhere.json", "--annotations", instances_.string()});

  EXPECT_EQ(wrong.code, 65);
  EXPECT_THAT(wrong.err, HasSubstr("results.json\": [0].bbox has 3 numbers, expected 4 (x, y, width, height)"));
  EXPECT_EQ(cut.code, 65);
  EXPECT_THAT(cut.err, HasSubstr("the JSON is cut short: it ends at byte 40"));
  EXPECT_EQ(missing.code, 66);
  EXPECT_THAT(missing.err, HasSubstr("nowhere.json"));
}

TEST_F(EvalDetections, RefusesWhatBelongsToNetworks) {
  for (const Arguments& more :
       std::initializer_list<Arguments>{{"runs/x"}, {"--all"}, {"--data", "d"}, {"--weights", "ema"}, {"--device", "cpu"}, {"--out", "o"}}) {
    const Outcome outcome = eval(kHalf, more);

    EXPECT_EQ(outcome.code, 2) << more[0];
    EXPECT_THAT(outcome.err, HasSubstr(" excludes --detections")) << more[0];
    EXPECT_THAT(outcome.out, IsEmpty());
  }
  EXPECT_THAT(run({"eval"}).err, HasSubstr("RUN|CHECKPOINT or --detections is required"));
  EXPECT_THAT(run({"eval", "--detections", "a.json"}).err, HasSubstr("--detections needs --annotations"));
  EXPECT_THAT(run({"eval", "--annotations", "a.json"}).err, HasSubstr("--annotations requires --detections"));
}

}  // namespace
}  // namespace fovea::cli
