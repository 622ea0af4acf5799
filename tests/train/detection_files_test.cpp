// What an evaluation of a detector leaves behind, on three pictures of 200 x 100 pixels with cats and dogs.
#include "fovea/train/detection_files.h"

#include "fovea/base/strings.h"
#include "fovea/image/decode.h"
#include "fovea/train/evaluation_files.h"
#include "fovea/train/near_zero.h"
#include "tests/support/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

namespace fovea::train {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

/// Grey pictures; the second one is damaged.
class GreyPictures final : public data::Dataset {
 public:
  GreyPictures() {
    info_.task = data::Task::kDetect;
    info_.num_outputs = 3;
    info_.class_names = {"background", "cat", "a \"dog\""};
    info_.class_ids = {0, 17, 90};
  }
  [[nodiscard]] const data::DatasetInfo& info() const override { return info_; }
  [[nodiscard]] int64_t size() const override { return 3; }
  [[nodiscard]] data::Sample get(int64_t index) const override {
    if (index == 1) fail(ErrorCode::kData, "picture 1 is damaged");
    image::Image picture(200, 100);
    std::ranges::fill(picture.pixels, uint8_t{128});
    return {.picture = std::make_shared<const image::Image>(std::move(picture))};
  }
  [[nodiscard]] std::string place(int64_t index) const override { return fmt::format("grey {}", index); }

 private:
  data::DatasetInfo info_;
};

constexpr box::Box kLeft{.y0 = 0.2F, .x0 = 0.1F, .y1 = 0.8F, .x1 = 0.4F}, kRight{.y0 = 0.2F, .x0 = 0.6F, .y1 = 0.8F, .x1 = 0.9F};
constexpr int64_t kCat = 1, kDog = 2;

/// Picture 0: a cat found, a dog missed. 1: a dog taken for a cat. 2: a dog found.
metrics::DetectionScores example(const data::DatasetInfo& info) {
  metrics::DetectionScores scores(info);
  const auto picture = [](int64_t id, std::vector<data::Object> objects) {
    return data::Truth{.source_id = id, .size = {.width = 200, .height = 100}, .objects = std::move(objects)};
  };
  const auto object = [](const box::Box& box, int64_t class_id) { return data::Object{.box = box, .class_id = class_id, .area = 3600}; };
  const data::Batch batch{
      .samples = {0, 1, 2},
      .truths = {picture(100, {object(kLeft, kCat), object(kRight, kDog)}), picture(101, {object(kLeft, kDog)}), picture(102, {object(kLeft, kDog)})}};
  scores.add(std::vector<std::vector<box::Detection>>{{{.box = kLeft, .score = 0.9F, .class_id = kCat}},
                                                      {{.box = kLeft, .score = 0.75F, .class_id = kCat}},
                                                      {{.box = kLeft, .score = 0.5F, .class_id = kDog}}},
             batch, 6);
  return scores;
}

class DetectionFiles : public testing::Test {
 protected:
  GreyPictures pictures_;
  test::TemporaryFolder folder_;
};

TEST_F(DetectionFiles, HaveATableOfClassesOfErrorsAndOfConfusion) {
  write_detection_files(folder_.path(), example(pictures_.info()), pictures_);

  // The cat: found, and a wrong one behind it: AP 1. Dogs: one of three found: 34 of 101 recalls.
  EXPECT_EQ(read_text(folder_ / "per_class.csv"),
            "class,id,name,objects,detections,AP,AP50\n1,17,\"cat\",1,2,1.000000,1.000000\n2,90,\"a \"\"dog\"\"\",3,1,0.336634,0.336634\n");
  EXPECT_EQ(read_text(folder_ / "errors.csv"),
            "class,id,name,objects,detections,right,localisation_errors,class_errors,duplicates,background_errors,missed\n"
            "1,17,\"cat\",1,2,1,0,1,0,0,0\n2,90,\"a \"\"dog\"\"\",3,1,1,0,0,0,0,1\n");
  EXPECT_EQ(read_text(folder_ / "confusion.csv"), "truth,predicted,count\n1,1,1\n2,0,1\n2,1,1\n2,2,1\n");
}

TEST_F(DetectionFiles, HavePrecisionOverRecall) {
  write_detection_files(folder_.path(), example(pictures_.info()), pictures_);

  const std::vector<std::string> lines = split(read_text(folder_ / "pr.csv"), '\n');
  ASSERT_EQ(lines.size(), 103U);  // a heading, 101 recalls, and nothing after the last newline
  EXPECT_EQ(lines[0], "recall,mean 0.50:0.95,mean 0.50,mean 0.75,\"cat\",\"a \"\"dog\"\"\"");
  EXPECT_EQ(lines[34], "0.33,1.00000,1.00000,1.00000,1.00000,1.00000");
  EXPECT_EQ(lines[35], "0.34,0.50000,0.50000,0.50000,1.00000,0.00000");
}

TEST_F(DetectionFiles, ShowTheWorstPicturesWithoutDamagedOnes) {
  write_detection_files(folder_.path(), example(pictures_.info()), pictures_);

  const io::Json list = io::read_json(folder_ / "worst.json");
  ASSERT_EQ(list.size(), 1U);  // of the two with errors
  EXPECT_EQ(list[0].at("place"), "grey 0");
  EXPECT_EQ(list[0].at("missed"), 1);
  EXPECT_EQ(list[0].at("background"), 0);
  const image::Image drawn = image::decode(read_bytes(folder_ / list[0].at("file").get<std::string>()));
  EXPECT_EQ(drawn.size(), (image::Size{200, 100}));
  const auto [darkest, brightest] = std::ranges::minmax(drawn.pixels);
  EXPECT_LT(darkest, 100);  // something is drawn on the grey
  EXPECT_GT(brightest, 150);
}

TEST_F(DetectionFiles, SayInMetricsJsonWhatIsWrong) {
  const Evaluation evaluation{.scores = example(pictures_.info())};

  const io::OrderedJson json = evaluation_json({.step = 9, .raw = &evaluation});

  EXPECT_DOUBLE_EQ(json.at("AP_by_class").at("cat").get<double>(), 1);
  EXPECT_EQ(json.at("loss"), 2);
  const io::OrderedJson& errors = json.at("errors");
  EXPECT_EQ(errors.at("score_min"), 0.5);
  EXPECT_EQ(errors.at("right"), 2);
  EXPECT_EQ(errors.at("class"), 1);
  EXPECT_EQ(errors.at("missed"), 1);
  EXPECT_FALSE(json.contains("diagnosis"));
}

TEST_F(DetectionFiles, KeepNoPictureOfAnEarlierEvaluation) {
  make_directories(folder_ / "worst");
  for (const char* name : {"worst/00.jpg", "worst/01.jpg", "worst/02.jpg"}) folder_.put(name, "old");

  write_detection_files(folder_.path(), example(pictures_.info()), pictures_);
  EXPECT_TRUE(fs::exists(folder_ / "worst/00.jpg"));
  EXPECT_FALSE(fs::exists(folder_ / "worst/01.jpg"));
  EXPECT_FALSE(fs::exists(folder_ / "worst/02.jpg"));

  write_detection_files(folder_.path(), metrics::DetectionScores(pictures_.info()), pictures_);
  EXPECT_FALSE(fs::exists(folder_ / "worst.json"));
  EXPECT_FALSE(fs::exists(folder_ / "worst/00.jpg"));
}

TEST_F(DetectionFiles, DrawABoxWhoseSizeHasRunAway) {
  metrics::DetectionScores scores(pictures_.info());
  constexpr box::Box kHuge{.y0 = -1e10F, .x0 = -1e10F, .y1 = 0.5F, .x1 = 1e10F};
  scores.add(std::vector<std::vector<box::Detection>>{{{.box = kHuge, .score = 0.9F, .class_id = kCat}}},
             data::Batch{.samples = {0}, .truths = {{.source_id = 1, .size = {.width = 200, .height = 100}, .objects = {}}}}, 1);

  write_detection_files(folder_.path(), scores, pictures_);

  // Its lower line crosses the middle of the grey picture (128) from side to side, orange (no blue); JPEG spreads colours over two pixels.
  const image::Image drawn = image::decode(read_bytes(folder_ / "worst/00.jpg"));
  EXPECT_LT(drawn.row(49)[3 * 10 + 2], 110);
  EXPECT_LT(drawn.row(49)[3 * 190 + 2], 110);
}

TEST_F(DetectionFiles, TellClassesOfOneNameApartByTheirIds) {
  data::DatasetInfo info = pictures_.info();
  info.class_names = {"background", "cat", "cat"};

  const io::OrderedJson json = detection_json(example(info));

  EXPECT_EQ(json.at("AP_by_class").size(), 2U);
  EXPECT_DOUBLE_EQ(json.at("AP_by_class").at("cat (17)").get<double>(), 1);
  EXPECT_NEAR(json.at("AP_by_class").at("cat (90)").get<double>(), 0.336634, 1e-6);  // 34 of 101 recalls
}

TEST_F(DetectionFiles, AreMadeOfAnEvaluationWithoutAnything) {
  const Evaluation evaluation{.scores = metrics::DetectionScores(pictures_.info())};

  write_evaluation(folder_.path(), {.raw = &evaluation}, pictures_);

  EXPECT_EQ(read_text(folder_ / "pr.csv"), "recall,mean 0.50:0.95,mean 0.50,mean 0.75\n");
  EXPECT_FALSE(fs::exists(folder_ / "worst"));
  EXPECT_TRUE(io::read_json(folder_ / "metrics.json").at("AP").is_null());
}

TEST_F(DetectionFiles, NameReasonsOnlyWhenApIsNearZero) {
  metrics::DetectionScores nothing(pictures_.info());
  nothing.add(std::vector<std::vector<box::Detection>>(1),
              data::Batch{.samples = {0},
                          .truths = {{.source_id = 1, .size = {.width = 200, .height = 100}, .objects = {{.box = kLeft, .class_id = kCat, .area = 3600}}}}},
              1);

  EXPECT_THAT(near_zero_reasons(example(pictures_.info()), kFewSteps), testing::IsEmpty());
  EXPECT_THAT(near_zero_reasons(metrics::ClassificationScores(3), kFewSteps), testing::IsEmpty());
  EXPECT_THAT(near_zero_reasons(nothing, kFewSteps), ElementsAre("AP 0.0000 is near zero after 500 steps", "there are no detections"));
  EXPECT_THAT(near_zero_reasons(nothing, kFewSteps - 1), ElementsAre(HasSubstr("so early that is common"), StartsWith("there are no")));
  EXPECT_THAT(near_zero_reasons(nothing, 0), ElementsAre("AP 0.0000 is near zero", "there are no detections"));  // weights from elsewhere
}

}  // namespace
}  // namespace fovea::train
