#include "fovea/metrics/scores.h"

#include <gtest/gtest.h>

namespace fovea::metrics {
namespace {

// Two classes with a gap in their ids, as COCO's.
const data::DatasetInfo kInfo{.task = data::Task::kDetect, .num_outputs = 3, .class_names = {"background", "cat", "dog"}, .class_ids = {0, 17, 90}};

constexpr box::Box kBox{.y0 = 0.25F, .x0 = 0.5F, .y1 = 0.5F, .x1 = 1};

data::Truth picture(int64_t id, std::vector<data::Object> objects) {
  return {.source_id = id, .size = {.width = 200, .height = 100}, .objects = std::move(objects)};
}

data::Batch batch(std::vector<data::Truth> truths) {
  std::vector<int64_t> samples;
  for (const data::Truth& truth : truths) samples.push_back(1000 + truth.source_id);
  return {.samples = std::move(samples), .truths = std::move(truths)};
}

double figure(const DetectionScores& scores, std::string_view name) {
  for (const Figure& each : scores.figures()) {
    if (each.name == name) return each.value;
  }
  return -2;
}

TEST(DetectionScores, AreOneWhenEverythingIsFound) {
  DetectionScores scores(kInfo);

  scores.add(std::vector<std::vector<box::Detection>>{{{.box = kBox, .score = 0.9F, .class_id = 2}}},
             batch({picture(42, {{.box = kBox, .class_id = 2, .area = 2500}})}), 1.5);

  EXPECT_EQ(scores.figures().front().name, "AP");
  EXPECT_DOUBLE_EQ(figure(scores, "AP"), 1);
  EXPECT_DOUBLE_EQ(figure(scores, "APm"), 1);
  EXPECT_EQ(figure(scores, "APl"), kNoTruth);
}

TEST(DetectionScores, CountAPictureWithoutDetections) {
  DetectionScores scores(kInfo);
  const std::vector<data::Object> dog{{.box = kBox, .class_id = 2, .area = 2500}};

  scores.add(std::vector<std::vector<box::Detection>>{{{.box = kBox, .score = 0.9F, .class_id = 2}}, {}}, batch({picture(1, dog), picture(2, dog)}), 3);

  EXPECT_NEAR(figure(scores, "AP"), 51.0 / 101, 1e-12);  // recalls 0, 0.01, ..., 0.5 of one half found
  EXPECT_EQ(scores.images(), 2);
  EXPECT_DOUBLE_EQ(scores.loss(), 1.5);
}

TEST(DetectionScores, GiveBoxesInPixelsAndIdsOfTheSource) {
  DetectionScores scores(kInfo);

  scores.add(std::vector<std::vector<box::Detection>>{{{.box = kBox, .score = 0.5F, .class_id = 1}}}, batch({picture(42, {})}), 0);

  ASSERT_EQ(scores.detections().size(), 1U);
  EXPECT_EQ(scores.detections()[0].image_id, 42);
  EXPECT_EQ(scores.detections()[0].category_id, 17);
  EXPECT_EQ(scores.detections()[0].box, (io::CocoBox{.x = 100, .y = 25, .width = 100, .height = 25}));
}

TEST(DetectionScores, AddedInPartsAreTheSame) {
  const std::vector<std::vector<box::Detection>> seen{{{.box = kBox, .score = 0.5F, .class_id = 1}}, {{.box = kBox, .score = 0.4F, .class_id = 2}}};
  const std::vector<data::Truth> truths{picture(1, {{.box = kBox, .class_id = 1, .area = 10}}), picture(2, {{.box = kBox, .class_id = 1, .area = 10}})};
  DetectionScores whole(kInfo), parts(kInfo);

  whole.add(seen, batch(truths), 2);
  for (size_t n = 0; n < 2; ++n) {
    parts.add(std::span(seen).subspan(n, 1), batch({truths[n]}), 1);
    (void)parts.figures();
    (void)parts.errors();
  }

  EXPECT_EQ(figure(parts, "AP"), figure(whole, "AP"));
  EXPECT_EQ(loss(Scores(parts)), loss(Scores(whole)));
  EXPECT_EQ(parts.errors().detections, whole.errors().detections);
}

TEST(DetectionScores, KnowWhatIsWrongAndInWhichSample) {
  DetectionScores scores(kInfo);
  const std::vector<data::Object> dog{{.box = kBox, .class_id = 2, .area = 2500}};

  scores.add(std::vector<std::vector<box::Detection>>{{{.box = kBox, .score = 0.9F, .class_id = 2}}, {{.box = kBox, .score = 0.8F, .class_id = 1}}},
             batch({picture(7, dog), picture(8, dog)}), 0);

  const std::vector<PictureErrors> worst = worst_pictures(scores.coco(), scores.errors(), 9);
  ASSERT_EQ(worst.size(), 1U);  // the best F1 is at 0.9, without the cat: the second dog is missed
  EXPECT_EQ(worst[0].image_id, 8);
  EXPECT_EQ(scores.error_counts().right, 1);
  EXPECT_EQ(scores.error_counts().errors[static_cast<size_t>(Fate::kMissed)], 1);
  EXPECT_EQ(scores.sample_of(8), 1008);
}

TEST(DetectionScores, AreDiagnosedOnlyNearZero) {
  DetectionScores good(kInfo), bad(kInfo);
  const std::vector<data::Object> dog{{.box = kBox, .class_id = 2, .area = 2500}};

  good.add(std::vector<std::vector<box::Detection>>{{{.box = kBox, .score = 0.9F, .class_id = 2}}}, batch({picture(1, dog)}), 0);
  bad.add(std::vector<std::vector<box::Detection>>{{{.box = kBox, .score = 0.9F, .class_id = 1}}}, batch({picture(1, dog)}), 0);

  EXPECT_TRUE(good.diagnosis().empty());
  ASSERT_EQ(bad.diagnosis().size(), 2U);
  EXPECT_EQ(bad.diagnosis()[0], "1 detection in 1 of 1 picture (1 a picture); the best IoU of a truth with a detection of any class is 1 on average");
}

}  // namespace
}  // namespace fovea::metrics
