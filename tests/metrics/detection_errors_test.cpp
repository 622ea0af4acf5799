#include "fovea/metrics/detection_errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fovea::metrics {
namespace {

using io::CocoBox;
using io::CocoDetection;
using io::CocoTruth;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr int64_t kCat = 17, kDog = 90;

/// 100 x 100 pixels. Two of them that are d pixels apart sideways have an IoU of (100 - d) / (100 + d).
CocoBox square(double x) { return {.x = x, .y = 0, .width = 100, .height = 100}; }
constexpr double kOnIt = 20;      // IoU 80/120 = 0.67
constexpr double kBeside = 50;    // IoU 50/150 = 0.33
constexpr double kTouching = 90;  // IoU 10/190 = 0.05

CocoTruth truth(int64_t image_id, int64_t category_id, double x, bool is_crowd = false) { return {image_id, category_id, square(x), 10000, is_crowd}; }
CocoDetection seen(int64_t image_id, int64_t category_id, double x, double score) { return {image_id, category_id, square(x), score}; }

CocoScores scores_of(std::vector<CocoTruth> truths, std::vector<CocoDetection> detections) {
  CocoScores scores({kCat, kDog});
  scores.add(std::move(truths));
  scores.add(std::move(detections));
  return scores;
}

/// Fates of picture 1's detections and truths. A right detection of low score in picture 2 stands behind them, so that all count.
struct Fates {
  std::vector<Fate> detections, truths;
};
Fates fates(std::vector<CocoTruth> truths, std::vector<CocoDetection> detections) {
  truths.push_back(truth(2, kCat, 0));
  detections.push_back(seen(2, kCat, 0, 0.01));
  DetectionErrors errors = find_errors(scores_of(std::move(truths), std::move(detections)));
  errors.truths.pop_back();
  errors.detections.pop_back();
  return {.detections = errors.detections, .truths = errors.truths};
}

TEST(DetectionErrors, NameARightDetectionAndItsTruth) {
  const Fates found = fates({truth(1, kCat, 0)}, {seen(1, kCat, kOnIt, 0.9)});

  EXPECT_THAT(found.detections, ElementsAre(Fate::kRight));
  EXPECT_THAT(found.truths, ElementsAre(Fate::kRight));
}

TEST(DetectionErrors, NameABoxBesideItsTruthOnceAndNotAlsoAMiss) {
  const Fates found = fates({truth(1, kCat, 0)}, {seen(1, kCat, kBeside, 0.9)});

  EXPECT_THAT(found.detections, ElementsAre(Fate::kLocalisation));
  EXPECT_THAT(found.truths, ElementsAre(Fate::kLocalisation));
}

TEST(DetectionErrors, NameAWrongClassOnATruthOnceAndNotAlsoAMiss) {
  const Fates found = fates({truth(1, kCat, 0)}, {seen(1, kDog, kOnIt, 0.9)});

  EXPECT_THAT(found.detections, ElementsAre(Fate::kClass));
  EXPECT_THAT(found.truths, ElementsAre(Fate::kClass));
}

TEST(DetectionErrors, CountAWrongClassBesideATruthAsClassAndTheTruthAsMissed) {
  const Fates found = fates({truth(1, kCat, 0)}, {seen(1, kDog, kBeside, 0.9)});

  EXPECT_THAT(found.detections, ElementsAre(Fate::kClass));
  EXPECT_THAT(found.truths, ElementsAre(Fate::kMissed));
}

TEST(DetectionErrors, NameTheLessSureOfTwoOnOneTruthADuplicate) {
  const Fates found = fates({truth(1, kCat, 0)}, {seen(1, kCat, 0, 0.8), seen(1, kCat, kOnIt, 0.9)});

  EXPECT_THAT(found.detections, ElementsAre(Fate::kDuplicate, Fate::kRight));
}

TEST(DetectionErrors, NameABoxThatTouchesNothingBackgroundAndTheTruthMissed) {
  const Fates found = fates({truth(1, kCat, 0)}, {seen(1, kCat, kTouching, 0.9)});

  EXPECT_THAT(found.detections, ElementsAre(Fate::kBackground));
  EXPECT_THAT(found.truths, ElementsAre(Fate::kMissed));
}

TEST(DetectionErrors, OfAPictureWithoutTruthsAreAllBackground) { EXPECT_THAT(fates({}, {seen(1, kDog, 0, 0.9)}).detections, ElementsAre(Fate::kBackground)); }

TEST(DetectionErrors, PreferLocationToClassAndClassToDuplicate) {
  // On a dog (0.67), beside a cat (0.33): its own class comes first.
  EXPECT_THAT(fates({truth(1, kDog, 0), truth(1, kCat, 70)}, {seen(1, kCat, kOnIt, 0.9)}).detections, ElementsAre(Fate::kLocalisation));
  // On a cat that is found already and on a dog.
  EXPECT_THAT(fates({truth(1, kCat, 0), truth(1, kDog, 0)}, {seen(1, kCat, 0, 0.9), seen(1, kCat, kOnIt, 0.8)}).detections,
              ElementsAre(Fate::kRight, Fate::kClass));
}

TEST(DetectionErrors, LeaveOutCrowdsAndWhatIsOnThem) {
  const Fates found = fates({truth(1, kCat, 0, true)}, {seen(1, kCat, kOnIt, 0.9), seen(1, kDog, kOnIt, 0.9)});

  EXPECT_THAT(found.detections, ElementsAre(Fate::kLeftOut, Fate::kBackground));
  EXPECT_THAT(found.truths, ElementsAre(Fate::kLeftOut));
}

TEST(DetectionErrors, LeaveOutWhatStandsBehindTheHundredSurestOfItsClass) {
  // As in pycocotools' maxDets: the cat on the cat is the 101st of its class, the dog the first.
  std::vector<CocoDetection> detections;
  for (int i = 0; i < 100; ++i) detections.push_back(seen(1, kCat, 1000, 0.9));
  detections.push_back(seen(1, kCat, 0, 0.8));
  detections.push_back(seen(1, kDog, 1000, 0.7));

  const Fates found = fates({truth(1, kCat, 0)}, detections);

  EXPECT_EQ(found.detections[99], Fate::kBackground);
  EXPECT_EQ(found.detections[100], Fate::kLeftOut);
  EXPECT_EQ(found.detections[101], Fate::kBackground);
  EXPECT_THAT(found.truths, ElementsAre(Fate::kMissed));
}

TEST(DetectionErrors, LeaveOutCategoriesThatAreNotListed) {
  EXPECT_THAT(fates({truth(1, kCat, 0)}, {seen(1, 5, 0, 0.9)}).detections, ElementsAre(Fate::kLeftOut));
}

TEST(DetectionErrors, BeginAtTheScoreWithTheBestF1) {
  // Right at 0.9, wrong at 0.8, right at 0.7, wrong at 0.6 and right at 0.1; four truths.
  // F1 by least score: 2/5, 2/6, 4/7, 4/8, 6/9 = 0.667. Without the last: 4/7 at 0.7.
  const std::vector<CocoTruth> truths{truth(1, kCat, 0), truth(2, kCat, 0), truth(3, kDog, 0), truth(4, kDog, 0)};
  std::vector<CocoDetection> detections{seen(1, kCat, 0, 0.9), seen(1, kCat, 500, 0.8), seen(2, kCat, 0, 0.7), seen(2, kCat, 500, 0.6)};

  const DetectionErrors without = find_errors(scores_of(truths, detections));
  detections.push_back(seen(3, kDog, 0, 0.1));
  const DetectionErrors with = find_errors(scores_of(truths, detections));

  EXPECT_EQ(without.score_min, 0.7);
  EXPECT_THAT(without.detections, ElementsAre(Fate::kRight, Fate::kBackground, Fate::kRight, Fate::kLeftOut));
  EXPECT_EQ(with.score_min, 0.1);
}

TEST(DetectionErrors, TakeEqualScoresTogether) {
  // At 0.9 one right and three wrong, at 0.8 one right, two truths: F1 2/6 and 4/7. The right one at 0.9 alone would have 2/3.
  const DetectionErrors errors =
      find_errors(scores_of({truth(1, kCat, 0), truth(2, kCat, 0)},
                            {seen(1, kCat, 0, 0.9), seen(1, kCat, 500, 0.9), seen(1, kCat, 700, 0.9), seen(1, kCat, 900, 0.9), seen(2, kCat, 0, 0.8)}));

  EXPECT_EQ(errors.score_min, 0.8);
}

TEST(DetectionErrors, CountAsManyDetectionsAsTruthsWhenNoneIsRight) {
  const DetectionErrors errors =
      find_errors(scores_of({truth(1, kCat, 0), truth(1, kCat, 300)}, {seen(1, kCat, 600, 0.3), seen(1, kCat, 900, 0.2), seen(1, kCat, 1200, 0.1)}));

  EXPECT_EQ(errors.score_min, 0.2);
  EXPECT_THAT(errors.detections, ElementsAre(Fate::kBackground, Fate::kBackground, Fate::kLeftOut));
}

TEST(DetectionErrors, AreNoneOfNothing) {
  const DetectionErrors errors = find_errors(scores_of({}, {}));

  EXPECT_EQ(errors.score_min, 0);
  EXPECT_THAT(errors.detections, IsEmpty());
  EXPECT_THAT(errors.confusion, testing::Each(0));
}

/// Three pictures. 1: a cat found, a dog taken for a cat (0.67), a dog where nothing is. 2: a dog missed. 3: nothing wrong.
CocoScores example() {
  return scores_of({truth(1, kCat, 0), truth(1, kDog, 300), truth(2, kDog, 0), truth(3, kDog, 0)},
                   {seen(1, kCat, 0, 0.9), seen(1, kCat, 320, 0.8), seen(1, kDog, 600, 0.7), seen(3, kDog, 0, 0.6)});
}

TEST(DetectionErrors, PutEveryTruthAndEveryDetectionInOneCell) {
  const DetectionErrors errors = find_errors(example());

  EXPECT_EQ(errors.score_min, 0.6);                     // F1 by least score: 2/5, 2/6, 2/7, 4/8
  EXPECT_THAT(errors.confusion, ElementsAre(0, 0, 1,    // background taken for a dog
                                            0, 1, 0,    // cats
                                            1, 1, 1));  // dogs: missed, taken for a cat, found
}

TEST(DetectionErrors, GiveAFoundTruthToNoOtherClass) {
  // A dog on a cat that is found: an error of class, but the cat was not taken for a dog.
  const DetectionErrors errors = find_errors(scores_of({truth(1, kCat, 0)}, {seen(1, kDog, 0, 0.9), seen(1, kCat, 0, 0.8)}));

  EXPECT_THAT(errors.detections, ElementsAre(Fate::kClass, Fate::kRight));
  EXPECT_THAT(errors.confusion, ElementsAre(0, 0, 1, 0, 1, 0, 0, 0, 0));
}

TEST(DetectionErrors, AreCountedByClass) {
  const CocoScores scores = example();

  const std::vector<ErrorCounts> counts = errors_by_class(scores, find_errors(scores));

  ASSERT_EQ(counts.size(), 2U);
  EXPECT_EQ(counts[0].truths, 1);
  EXPECT_EQ(counts[0].detections, 2);
  EXPECT_EQ(counts[0].right, 1);
  EXPECT_THAT(counts[0].errors, ElementsAre(0, 1, 0, 0, 0));
  EXPECT_EQ(counts[1].truths, 3);
  EXPECT_EQ(counts[1].detections, 2);
  EXPECT_EQ(counts[1].right, 1);
  EXPECT_THAT(counts[1].errors, ElementsAre(0, 0, 0, 1, 1));
  EXPECT_DOUBLE_EQ(counts[1].precision(), 0.5);
  EXPECT_DOUBLE_EQ(counts[1].recall(), 1.0 / 3);
  EXPECT_DOUBLE_EQ(counts[1].f1(), 0.4);  // 2 / (2 + 3)
}

TEST(DetectionErrors, PutTheWorstPictureFirst) {
  const CocoScores scores = example();
  const DetectionErrors errors = find_errors(scores);

  const std::vector<PictureErrors> worst = worst_pictures(scores, errors, 10);

  ASSERT_EQ(worst.size(), 2U);  // nothing is wrong in the third
  EXPECT_EQ(worst[0].image_id, 1);
  EXPECT_DOUBLE_EQ(worst[0].weight, 1.5);  // 0.8 + 0.7
  EXPECT_THAT(worst[0].errors, ElementsAre(0, 1, 0, 1, 0));
  EXPECT_EQ(worst[1].image_id, 2);
  EXPECT_DOUBLE_EQ(worst[1].weight, 1);
  EXPECT_EQ(worst_pictures(scores, errors, 1).size(), 1U);
}

}  // namespace
}  // namespace fovea::metrics
